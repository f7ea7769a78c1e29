import { describe, expect, it } from 'vitest';
import { planTaps } from '../../src/plan-taps.js';
import { isFound, type FieldPlan } from '../../src/taps/plan.js';
import { exportBytes, EXPORTS, parse } from '../read-fixture.js';

describe.each(EXPORTS)('planTaps on %s', (name, { fields, shapes }) => {
  const stageCount = Object.keys(fields).filter((key) => key.startsWith('stages.')).length;

  async function found(): Promise<Map<string, FieldPlan>> {
    const { record } = planTaps(await parse(exportBytes(name)));
    const { unpooled, pooled, logits } = record;
    expect(record.stages).toHaveLength(stageCount);
    return new Map([
      ...record.stages
        .filter(isFound)
        .map((stage, i): [string, FieldPlan] => [`stages.${i}`, stage]),
      ...Object.entries({ unpooled, pooled, logits } as Record<string, FieldPlan>),
    ]);
  }

  it('chooses values that equal the record of PyTorch', async () => {
    const plans = await found();
    for (const [field, answers] of Object.entries(fields)) {
      const plan = plans.get(field);
      expect(answers, field).toContainEqual({ value: plan?.value, adapter: plan?.adapter });
    }
  });

  it('states the shapes that onnxruntime gives', async () => {
    for (const plan of (await found()).values()) {
      if (plan.adapter === null) expect(plan.shape).toEqual(shapes[plan.value]);
      expect(plan.shape[0]).toBe('batch');
    }
  });
});

import { isFeaturetapError } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { selectFields, type FieldSelection } from '../../src/select-fields.js';
import { tapModel } from '../../src/tap-model.js';
import { planTaps } from '../../src/plan-taps.js';
import { absent, type FieldPlan, type RecordPlan } from '../../src/taps/plan.js';
import { buildModel, SMALL_CNN } from '../build-model.js';
import { parse } from '../read-fixture.js';

function found(value: string): FieldPlan {
  return { value, adapter: null, shape: ['batch', 8], layout: 'NC', evidence: 'catalogue' };
}

const ERASED = 'the exporter folded it';

const PLAN: RecordPlan = {
  stages: [absent(ERASED), found('s1'), found('s2'), found('s3')],
  unpooled: found('map'),
  pooled: found('vector'),
  logits: absent('the network has no classifier'),
};

function stagesOf(selection: FieldSelection, plan: RecordPlan = PLAN): [number, string][] {
  return selectFields(plan, selection).stages.map((stage) => [stage.index, stage.plan.value]);
}

function refusal(selection: FieldSelection, plan: RecordPlan = PLAN): string {
  try {
    selectFields(plan, selection);
  } catch (error) {
    expect(isFeaturetapError(error) && error.code).toBe('TAP_NOT_FOUND');
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('selectFields', () => {
  it('keeps the numbers of stages behind one that is missing, and says why it is', () => {
    expect(stagesOf({})).toEqual([
      [1, 's1'],
      [2, 's2'],
      [3, 's3'],
    ]);
    expect(selectFields(PLAN, {}).stagesReason).toBe(`stage 0: ${ERASED}`);
  });

  it('says nothing where no stage is missing', () => {
    const selected = selectFields({ ...PLAN, stages: PLAN.stages.slice(1) }, {});
    expect(selected).not.toHaveProperty('stagesReason');
    expect(selected.stages.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it.each<[readonly number[], number[]]>([
    [[1], [1]],
    [[-1], [3]],
    [
      [-3, 2],
      [1, 2],
    ],
    [
      [3, 1, 3, -1],
      [1, 3],
    ],
    [[], []],
  ])('takes stages %j by number, in order and once', (stages, expected) => {
    expect(stagesOf({ stages }).map(([index]) => index)).toEqual(expected);
    expect(selectFields(PLAN, { stages })).not.toHaveProperty('stagesReason');
  });

  it.each([[[0]], [[-4]], [[1, 0]]])('refuses the missing stage by number: %j', (stages) => {
    expect(refusal({ stages })).toContain(`stage 0, but ${ERASED}`);
  });

  it.each([[[4]], [[-5]], [[1, 99]], [[0.5]]])('refuses numbers of no stage: %j', (stages) => {
    refusal({ stages });
  });

  it('refuses stages by name where each one is missing', () => {
    const erased = { ...PLAN, stages: [absent(ERASED), absent(ERASED)] };
    expect(refusal({ fields: ['stages'] }, erased)).toContain(ERASED);
    const { stages, stagesReason } = selectFields(erased, {});
    expect(stages).toEqual([]);
    expect(stagesReason).toBe(`stages 0, 1: ${ERASED}`);
  });

  it('leaves out what was not asked for, with that reason', () => {
    const selected = selectFields(PLAN, { fields: ['pooled'] });
    expect(selected).toMatchObject({ stages: [], pooled: { value: 'vector' } });
    expect(selected.unpooled).toEqual(absent('the field was not asked for'));
    expect(selected.stagesReason).toBe('the field was not asked for');
  });

  it('keeps the reason of a field that cannot be had, unless it was named', () => {
    expect(selectFields(PLAN, {}).logits).toEqual(PLAN.logits);
    expect(refusal({ fields: ['logits'] })).toContain('no classifier');
  });

  it('refuses stages by name where there are none', () => {
    const none = { ...PLAN, stages: [], stagesReason: 'no maps' };
    expect(refusal({ fields: ['stages'] }, none)).toContain('no maps');
    expect(selectFields(none, {}).stagesReason).toBe('no maps');
  });
});

describe('the manifest', () => {
  const tap = async (
    stages: (plan: RecordPlan['stages']) => RecordPlan['stages'],
    wanted?: number[],
  ) => {
    const model = await parse(buildModel(SMALL_CNN));
    const plan = planTaps(model);
    const record = { ...plan.record, stages: stages(plan.record.stages) };
    const options = wanted === undefined ? {} : { stages: wanted };
    const { manifest } = await tapModel(model, { ...plan, record }, options);
    return manifest.record;
  };

  it('has no numbers where positions tell them', async () => {
    const { stages } = await tap((all) => all);
    expect(stages.map(({ output }) => output)).toEqual(['stages.0', 'stages.1']);
    for (const stage of stages) expect(stage).not.toHaveProperty('index');
    expect((await tap((all) => all, [0])).stages[0]).not.toHaveProperty('index');
  });

  it('has the number of a stage whose position is another', async () => {
    const missing = await tap(([, second]) => [absent(ERASED), second!]);
    expect(missing.stages).toMatchObject([{ output: 'stages.1', value: 'r2', index: 1 }]);
    expect(missing.stagesReason).toContain(ERASED);
    const chosen = await tap((all) => all, [1]);
    expect(chosen.stages).toMatchObject([{ output: 'stages.1', value: 'r2', index: 1 }]);
  });
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Adapter } from '@featuretap/core/spec';
import { bytesSource } from '@featuretap/core/wire';
import { timmCatalogue } from '@featuretap/models';
import { planTaps, readModel, type PlanOptions, type TapPlan } from '@featuretap/onnx-export';
import { describe, expect, it } from 'vitest';

const FOLDER = new URL('../../packages/onnx-export/test/fixtures/exports/', import.meta.url);

interface Answer {
  readonly value: string;
  readonly adapter: Adapter | null;
}

interface Truth {
  readonly fields: Readonly<Record<string, readonly Answer[]>>;
}

/** The values that equal each field of PyTorch's record, by tools/python/make_surgery_fixtures.py. */
const TRUTH = JSON.parse(readFileSync(new URL('truth.json', FOLDER), 'utf8')) as Readonly<
  Record<string, Truth>
>;

async function planOf(name: string, options: PlanOptions): Promise<TapPlan> {
  const bytes = gunzipSync(readFileSync(fileURLToPath(new URL(`${name}.onnx.gz`, FOLDER))));
  return planTaps(await readModel(bytesSource(bytes)), options);
}

interface Field {
  readonly value: string | null;
  readonly adapter?: Adapter | null;
  readonly evidence?: string;
}

function fieldsOf({ record }: TapPlan): Record<string, Field> {
  const { stages, unpooled, pooled, logits } = record;
  const numbered = stages.map((stage, i): [string, Field] => [`stages.${i}`, stage]);
  return { ...Object.fromEntries(numbered), unpooled: unpooled as Field, pooled, logits };
}

/** Every field is a value that equals PyTorch's, and there is one for each. */
function expectRight(plan: TapPlan, truth: Truth): void {
  const fields = fieldsOf(plan);
  expect(Object.keys(fields).sort()).toEqual(Object.keys(truth.fields).sort());
  for (const [name, { value, adapter = null }] of Object.entries(fields)) {
    expect(truth.fields[name], name).toContainEqual({ value, adapter });
  }
}

const TIMM = Object.entries(TRUTH).flatMap(([name, truth]) => {
  const architecture = /^timm-(\w+)-(?:torchscript|dynamo)$/u.exec(name)?.[1];
  return architecture === undefined ? [] : [{ name, architecture, truth }];
});

describe('exports of timm with timmCatalogue', () => {
  it('are there', () => {
    expect(TIMM.length).toBeGreaterThanOrEqual(6);
  });

  it.each(TIMM)('$name is recognised, and its fields are PyTorch’s', async (test) => {
    const plan = await planOf(test.name, { catalogue: timmCatalogue });
    const known = plan.architecture === null ? plan.candidates : [plan.architecture];
    expect(known).toContain(test.architecture);
    expectRight(plan, test.truth);
    for (const [name, { evidence }] of Object.entries(fieldsOf(plan))) {
      expect(evidence, name).toBe(name === 'logits' ? 'structure' : 'catalogue');
    }
  });

  it.each(TIMM)('$name is planned by its name', async ({ name, architecture, truth }) => {
    const plan = await planOf(name, { catalogue: timmCatalogue, architecture });
    expect(plan).toMatchObject({ architecture, candidates: [] });
    expectRight(plan, truth);
  });

  it.each(TIMM)('$name is no resnet50', async ({ name }) => {
    const options = { catalogue: timmCatalogue, architecture: 'resnet50' };
    await expect(planOf(name, options)).rejects.toMatchObject({ code: 'ARCHITECTURE_MISMATCH' });
  });
});

import type { ArchitectureEntry } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { planFromEntry } from '../../src/catalogue/plan-from-entry.js';
import { resolveByOrigin } from '../../src/catalogue/resolve-by-origin.js';
import { resolveByModules } from '../../src/catalogue/resolver.js';
import type { ModelSpec } from '../build-model.js';
import { anchors, CNN, CNN_ENTRY, contextOf, field, nameless } from './small-networks.js';

async function planOf(spec: ModelSpec, entry: ArchitectureEntry) {
  return planFromEntry(resolveByModules(await contextOf(spec), ''), entry);
}

const [stem, layer1, layer2] = CNN_ENTRY.stages;

/** The stem's convolution before its BatchNorm, then the others. */
const FOLDABLE: ArchitectureEntry = {
  ...CNN_ENTRY,
  stages: [
    field(anchors('stem.conv'), [8, 16, 16], {
      foldable: true,
      products: 1,
      operation: 'product',
    }),
    layer1!,
    layer2!,
  ],
};

const NORMS = ['scale', 'bias', 'mean', 'var'];

/** CNN with the BatchNorm of the stem still there. */
const UNFOLDED: ModelSpec = {
  ...CNN,
  nodes: [
    CNN.nodes[0]!,
    {
      op: 'BatchNormalization',
      inputs: ['s', ...NORMS],
      output: 'n',
      name: '/stem/bn/BatchNormalization',
    },
    { ...CNN.nodes[1]!, inputs: ['n'] },
    ...CNN.nodes.slice(2),
  ],
  weights: { ...CNN.weights, ...Object.fromEntries(NORMS.map((name) => [name, [8]])) },
};

describe('planFromEntry', () => {
  it('states shape with batch, layout, reduction, module and evidence', async () => {
    const plan = await planOf(CNN, CNN_ENTRY);
    expect(plan.stages?.[2]).toEqual({
      value: 'l2',
      adapter: null,
      shape: ['batch', 16, 8, 8],
      layout: 'NCHW',
      reduction: 4,
      module: 'layer2',
      evidence: 'catalogue',
    });
    expect(plan.pooled).toMatchObject({ value: 'flat', shape: ['batch', 16], layout: 'NC' });
    expect(plan.hasNoPooled).toBe(false);
  });

  it('scales shapes to the input size of the file', async () => {
    const plan = await planOf({ ...CNN, input: ['batch', 3, 64, 96] }, CNN_ENTRY);
    expect(plan.stages?.[2]).toMatchObject({ shape: ['batch', 16, 16, 24], reduction: 4 });
    expect(plan.unpooled).toMatchObject({ shape: ['batch', 16, 16, 24] });
  });

  it('has no stages when one of them is not there, and keeps the other fields', async () => {
    const stages = [stem!, field(anchors('layer9'), [8, 16, 16]), layer2!];
    const plan = await planOf(CNN, { ...CNN_ENTRY, stages });
    expect(plan.stages).toBeNull();
    expect(plan.unpooled).toMatchObject({ value: 'l2' });
  });

  it('has a list of unpooled for several branches, and none when one is missing', async () => {
    const branches = [field(anchors('layer1'), [8, 16, 16]), ...CNN_ENTRY.unpooled];
    expect((await planOf(CNN, { ...CNN_ENTRY, unpooled: branches })).unpooled).toMatchObject([
      { value: 'l1' },
      { value: 'l2' },
    ]);
    const missing = [field(anchors('layer9'), [8, 16, 16]), ...CNN_ENTRY.unpooled];
    expect((await planOf(CNN, { ...CNN_ENTRY, unpooled: missing })).unpooled).toBeNull();
  });

  it('says of an encoder without a head that it has no pooled', async () => {
    const plan = await planOf(CNN, { ...CNN_ENTRY, pooled: null });
    expect(plan).toMatchObject({ pooled: null, hasNoPooled: true });
  });

  it('says that the exporter erased a stage, and numbers the others as before', async () => {
    const plan = await planOf(CNN, FOLDABLE);
    expect(plan.stages).toMatchObject([{ value: null }, { value: 'l1' }, { value: 'l2' }]);
    expect(plan.stages?.[0]).toHaveProperty(
      'reason',
      expect.stringMatching(/^stem\.conv .*BatchNorm/),
    );
  });

  it('finds the stage where a BatchNorm follows', async () => {
    const plan = await planOf(UNFOLDED, FOLDABLE);
    expect(plan.stages).toMatchObject([{ value: 's' }, { value: 'l1' }, { value: 'l2' }]);
  });

  it('does the same without names', async () => {
    const erased = planFromEntry(resolveByOrigin(await contextOf(nameless(CNN))), FOLDABLE);
    expect(erased.stages?.[0]).toMatchObject({ value: null });
    const kept = planFromEntry(resolveByOrigin(await contextOf(nameless(UNFOLDED))), FOLDABLE);
    expect(kept.stages?.[0]).toMatchObject({ value: 's' });
  });
});

import { bytesSource } from '@featuretap/core/wire';
import { describe, expect, it } from 'vitest';
import { indexGraph } from '../../src/graph/graph-index.js';
import { planTaps } from '../../src/plan-taps.js';
import { readModel } from '../../src/proto/read-model.js';
import { keepConsistent } from '../../src/taps/keep-consistent.js';
import { mapLayouts } from '../../src/taps/map-layouts.js';
import type { FieldPlan, RecordPlan } from '../../src/taps/plan.js';
import { buildModel, SMALL_CNN, type ModelSpec } from '../build-model.js';

async function indexOf(spec: ModelSpec) {
  return indexGraph(await readModel(bytesSource(buildModel(spec))));
}

async function planOf(spec: ModelSpec) {
  return planTaps(await readModel(bytesSource(buildModel(spec)))).record;
}

function field(value: string, evidence: FieldPlan['evidence'] = 'structure'): FieldPlan {
  return { value, adapter: null, shape: ['batch', 1], layout: 'NC', evidence };
}

describe('keepConsistent', () => {
  const right: RecordPlan = {
    stages: [field('r1'), field('r2')],
    unpooled: field('r2'),
    pooled: field('flat'),
    logits: field('logits'),
  };

  it('keeps fields that are made from one another', async () => {
    expect(keepConsistent(await indexOf(SMALL_CNN), right)).toEqual(right);
  });

  it.each<[string, Partial<RecordPlan>, string]>([
    ['pooled that comes before unpooled', { pooled: field('c0') }, 'unpooled'],
    [
      'weaker pooled that comes before',
      { pooled: field('c0'), unpooled: field('r2', 'scopes') },
      'pooled',
    ],
    [
      'logits that are not made from pooled',
      { logits: field('r1'), unpooled: field('r1') },
      'pooled',
    ],
  ])('drops one of two that contradict: %s', async (_name, change, dropped) => {
    const kept = keepConsistent(await indexOf(SMALL_CNN), { ...right, stages: [], ...change });
    expect(kept[dropped as 'pooled']).toMatchObject({ value: null });
    expect(kept[dropped as 'pooled']).toHaveProperty('reason', expect.stringContaining('fit'));
  });

  it('drops stages of which the last is not in unpooled', async () => {
    const kept = keepConsistent(await indexOf(SMALL_CNN), {
      ...right,
      stages: [field('r2')],
      unpooled: field('r1', 'scopes'),
    });
    expect(kept.stages).toEqual([]);
    expect(kept.stagesReason).toContain('fit');
  });
});

describe('mapLayouts', () => {
  it('follows convolutions, element-wise operators and transpositions', async () => {
    const nodes: ModelSpec['nodes'] = [
      ...SMALL_CNN.nodes.slice(0, 2),
      { op: 'Transpose', inputs: ['r0'], output: 'nhwc', ints: { perm: [0, 2, 3, 1] } },
      { op: 'Relu', inputs: ['nhwc'], output: 'active' },
      { op: 'Reshape', inputs: ['active', 'w0'], output: 'unknown' },
      { op: 'Transpose', inputs: ['active'], output: 'back', ints: { perm: [0, 3, 1, 2] } },
      { op: 'GlobalAveragePool', inputs: ['back'], output: 'gap' },
    ];
    const layouts = mapLayouts(await indexOf({ ...SMALL_CNN, nodes }));
    expect(Object.fromEntries(layouts)).toMatchObject({
      input: 'NCHW',
      r0: 'NCHW',
      nhwc: 'NHWC',
      active: 'NHWC',
      back: 'NCHW',
    });
    expect(layouts.has('unknown')).toBe(false);
  });
});

describe('planTaps', () => {
  it('names sides of a file that leaves height and width open, each field its own', async () => {
    const record = await planOf({ ...SMALL_CNN, input: ['batch', 3, 'height', 'width'] });
    expect(record.stages.map((stage) => 'shape' in stage && stage.shape)).toEqual([
      ['batch', 8, 'stage0_height', 'stage0_width'],
      ['batch', 16, 'stage1_height', 'stage1_width'],
    ]);
    expect(record.unpooled).toMatchObject({
      shape: ['batch', 16, 'unpooled_height', 'unpooled_width'],
    });
    expect(record.pooled).toMatchObject({ shape: ['batch', 16] });
  });

  it('says nothing of pooling where a map is the answer', async () => {
    const record = await planOf({
      ...SMALL_CNN,
      nodes: [
        ...SMALL_CNN.nodes.slice(0, 7),
        { op: 'Conv', inputs: ['r2', 'mask'], output: 'scores' },
      ],
      weights: { ...SMALL_CNN.weights, mask: [5, 16, 1, 1] },
      output: { name: 'scores', shape: ['batch', 5, 8, 8] },
    });
    const { unpooled, pooled, logits } = record;
    for (const one of [unpooled, pooled, logits]) expect(one).toMatchObject({ value: null });
    expect(record.stages.map((stage) => stage.value)).toEqual(['r1', 'r2']);
  });

  it('takes the 1x1 convolution before pooling for the classifier when a Softmax follows', async () => {
    const head: ModelSpec['nodes'] = [
      { op: 'Conv', inputs: ['r2', 'scores'], output: 'map' },
      { op: 'Relu', inputs: ['map'], output: 'active' },
      { op: 'GlobalAveragePool', inputs: ['active'], output: 'gap' },
      { op: 'Flatten', inputs: ['gap'], output: 'logits', int: { axis: 1 } },
    ];
    const softmax = SMALL_CNN.nodes.slice(-1);
    const weights = { ...SMALL_CNN.weights, scores: [10, 16, 1, 1] };
    const nodes = [...SMALL_CNN.nodes.slice(0, 7), ...head];
    const early = await planOf({ ...SMALL_CNN, weights, nodes: [...nodes, ...softmax] });
    expect(early).toMatchObject({
      logits: { value: 'logits' },
      unpooled: { value: 'r2' },
      pooled: { value: null },
    });
    // Without it, this may be the end of a network without a classifier.
    const output = { name: 'logits', shape: ['batch', 10] };
    const open = await planOf({ ...SMALL_CNN, weights, nodes, output });
    expect(open).toMatchObject({ logits: { value: null }, pooled: { value: 'logits' } });
  });

  it('averages heads that were stacked', async () => {
    const heads: ModelSpec['nodes'] = [
      { op: 'Gemm', inputs: ['flat', 'fc'], output: 'a', int: { transB: 1 } },
      { op: 'Gemm', inputs: ['flat', 'fc2'], output: 'b', int: { transB: 1 } },
      { op: 'Add', inputs: ['a', 'b'], output: 'logits' },
    ];
    const record = await planOf({
      ...SMALL_CNN,
      nodes: [...SMALL_CNN.nodes.slice(0, 9), ...heads],
      weights: { ...SMALL_CNN.weights, fc2: [10, 16] },
      output: { name: 'logits', shape: ['batch', 10] },
    });
    expect(record).toMatchObject({ logits: { value: 'logits' }, pooled: { value: 'flat' } });
  });
});

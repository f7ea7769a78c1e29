import { bytesSource } from '@featuretap/core/wire';
import { describe, expect, it } from 'vitest';
import { readModel } from '../src/proto/read-model.js';
import { planTaps } from '../src/plan-taps.js';
import { isFound, type FieldPlan, type TapPlan } from '../src/taps/plan.js';
import { buildModel, SMALL_CNN, type ModelSpec } from './build-model.js';

async function plan(spec: ModelSpec): Promise<TapPlan> {
  return planTaps(await readModel(bytesSource(buildModel(spec))));
}

function found({ stages }: TapPlan['record']): FieldPlan[] {
  return stages.filter(isFound);
}

describe('planTaps on a graph without names', () => {
  it('finds stages, unpooled, pooled, and logits before Softmax', async () => {
    const { record } = await plan(SMALL_CNN);
    expect(found(record).map(({ value, shape }) => [value, shape])).toEqual([
      ['r1', ['batch', 8, 16, 16]],
      ['r2', ['batch', 16, 8, 8]],
    ]);
    expect(record.unpooled).toMatchObject({ value: 'r2', layout: 'NCHW', evidence: 'structure' });
    expect(record.pooled).toMatchObject({ value: 'flat', adapter: null, shape: ['batch', 16] });
    expect(record.logits).toMatchObject({ value: 'logits', shape: ['batch', 10] });
  });

  it('flattens pooled features of a 1x1 convolution classifier', async () => {
    const nodes = [
      ...SMALL_CNN.nodes.slice(0, 8),
      { op: 'Conv', inputs: ['gap', 'fc4'], output: 'scores' },
      { op: 'Flatten', inputs: ['scores'], output: 'logits', int: { axis: 1 } },
    ];
    const { record } = await plan({
      ...SMALL_CNN,
      nodes,
      weights: { ...SMALL_CNN.weights, fc4: [10, 16, 1, 1] },
      output: { name: 'logits', shape: ['batch', 10] },
    });
    expect(record.pooled).toMatchObject({ value: 'gap', adapter: { kind: 'flatten' } });
    expect(record.logits).toMatchObject({ value: 'logits' });
  });

  it('finds pooled alone in a network without classifier', async () => {
    const { record } = await plan({
      ...SMALL_CNN,
      nodes: SMALL_CNN.nodes.slice(0, 9),
      output: { name: 'flat', shape: ['batch', 16] },
    });
    expect(record.pooled).toMatchObject({ value: 'flat' });
    expect(record.logits).toMatchObject({ value: null });
  });

  it('keeps a fixed batch as a number', async () => {
    const { record, input } = await plan({ ...SMALL_CNN, input: [1, 3, 32, 32] });
    expect(input.shape).toEqual([1, 3, 32, 32]);
    expect(found(record)[0]?.shape).toEqual([1, 8, 16, 16]);
  });
});

describe('planTaps on TorchScript names', () => {
  it('ends stages where numbered modules end', async () => {
    const names = [
      'stem/conv',
      'stem/act',
      'layer1/conv',
      'layer1',
      'layer1/act',
      'layer2/conv',
      'layer2/act',
    ];
    const nodes = SMALL_CNN.nodes.map((node, i) => {
      const path = names[i];
      return path === undefined ? node : { ...node, name: `/${path}/${node.op}` };
    });
    const extra = [
      {
        op: 'Conv',
        inputs: ['r2', 'w3'],
        output: 'c3',
        name: '/layer3/conv/Conv',
        ints: { strides: [2, 2], pads: [1, 1, 1, 1] },
      },
      { op: 'Conv', inputs: ['c3', 'w4'], output: 'widened', name: '/conv_head/Conv' },
    ];
    const head = nodes
      .slice(7)
      .map((node) => (node.output === 'gap' ? { ...node, inputs: ['widened'] } : node));
    const { record } = await plan({
      ...SMALL_CNN,
      nodes: [...nodes.slice(0, 7), ...extra, ...head],
      weights: { ...SMALL_CNN.weights, w3: [16, 16, 3, 3], w4: [16, 16, 1, 1] },
    });
    expect(found(record).map(({ value, evidence }) => [value, evidence])).toEqual([
      ['r1', 'scopes'],
      ['r2', 'scopes'],
      ['c3', 'scopes'],
    ]);
    expect(record.unpooled).toMatchObject({ value: 'widened' });
  });
});

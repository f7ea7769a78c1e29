import { describe, expect, it } from 'vitest';
import { indexGraph } from '../../src/graph/graph-index.js';
import { planTaps } from '../../src/plan-taps.js';
import type { FieldPlan } from '../../src/taps/plan.js';
import { findClassWeights } from '../../src/taps/find-class-weights.js';
import { buildModel, SMALL_CNN, type ModelSpec } from '../build-model.js';
import { modelBytes, parse } from '../read-fixture.js';

async function weightsOf(bytes: Uint8Array) {
  const model = await parse(bytes);
  return findClassWeights(indexGraph(model), planTaps(model).record);
}

function withNodes(change: (nodes: ModelSpec['nodes'][number][]) => void): ModelSpec {
  const nodes = [...SMALL_CNN.nodes];
  change(nodes);
  return { ...SMALL_CNN, nodes };
}

/** Nodes 7 to 9 are the pooling, the Flatten and the classifier. */
const MATMUL = withNodes((nodes) => {
  nodes[9] = { op: 'MatMul', inputs: ['flat', 'fc'], output: 'logits' };
});
const CONV = withNodes((nodes) => {
  nodes[8] = { op: 'Conv', inputs: ['gap', 'fc'], output: 'scores' };
  nodes[9] = { op: 'Flatten', inputs: ['scores'], output: 'logits', int: { axis: 1 } };
});

describe('findClassWeights', () => {
  it.each<readonly [string, ModelSpec, { initializer: string; transposed: boolean }]>([
    ['a Gemm', SMALL_CNN, { initializer: 'fc', transposed: false }],
    [
      'a MatMul',
      { ...MATMUL, weights: { ...MATMUL.weights, fc: [16, 10] } },
      { initializer: 'fc', transposed: true },
    ],
    [
      'a 1x1 convolution',
      { ...CONV, weights: { ...CONV.weights, fc: [10, 16, 1, 1] } },
      { initializer: 'fc', transposed: false },
    ],
  ])('finds the weights of %s behind the mean', async (_, spec, expected) => {
    expect(await weightsOf(buildModel(spec))).toEqual(expected);
  });

  it.each<readonly [string, ModelSpec]>([
    [
      'maximum pooling',
      withNodes((nodes) => {
        nodes[7] = { op: 'GlobalMaxPool', inputs: ['r2'], output: 'gap' };
      }),
    ],
    [
      'an activation between the mean and the classifier',
      withNodes((nodes) => {
        nodes[9] = { op: 'Gemm', inputs: ['bent', 'fc'], output: 'logits', int: { transB: 1 } };
        nodes.splice(9, 0, { op: 'Tanh', inputs: ['flat'], output: 'bent' });
      }),
    ],
  ])('finds none with %s', async (_, spec) => {
    expect(await weightsOf(buildModel(spec))).toBeNull();
  });

  it('finds none where a Reshape in front of the mean makes other channels', async () => {
    const field = (value: string, layout: 'NCHW' | 'NC'): FieldPlan => ({
      value,
      adapter: null,
      shape: ['batch', 16],
      layout,
      evidence: 'structure',
    });
    const record = {
      stages: [],
      unpooled: field('r2', 'NCHW'),
      pooled: field('flat', 'NC'),
      logits: field('logits', 'NC'),
    };
    const regrouped = withNodes((nodes) => {
      nodes[7] = { op: 'GlobalAveragePool', inputs: ['regrouped'], output: 'gap' };
      nodes.splice(7, 0, { op: 'Reshape', inputs: ['r2', 'shape'], output: 'regrouped' });
    });
    const weights = async (spec: ModelSpec) =>
      findClassWeights(indexGraph(await parse(buildModel(spec))), record);
    expect(await weights(SMALL_CNN)).not.toBeNull();
    expect(await weights(regrouped)).toBeNull();
  });

  it.each(['tokens-opset18'])('finds none in %s, where a token is picked', async (name) => {
    expect(await weightsOf(modelBytes(name))).toBeNull();
  });
});

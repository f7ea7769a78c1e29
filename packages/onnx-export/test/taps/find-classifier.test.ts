import { describe, expect, it } from 'vitest';
import { findClassifier } from '../../src/taps/find-classifier.js';
import type { ModelSpec } from '../build-model.js';
import { CNN, contextOf, nameless, TOKENS, type NodeSpec } from '../catalogue/small-networks.js';

/** CNN up to its pooled vector `flat` [16], then a head. */
function withHead(head: readonly NodeSpec[], weights: ModelSpec['weights'] = {}): ModelSpec {
  return {
    ...CNN,
    nodes: [...CNN.nodes.slice(0, 9), ...head],
    weights: { ...CNN.weights, ...weights },
    output: { name: head.at(-1)?.output ?? 'flat', shape: ['batch', 10] },
  };
}

async function find(spec: ModelSpec) {
  const found = findClassifier(await contextOf(spec));
  if (found === null) return null;
  const { logits, linears, isBeforePooling } = found;
  return { logits, inputs: linears.map(({ input }) => input), isBeforePooling };
}

const GEMM: NodeSpec = { op: 'Gemm', inputs: ['flat', 'fc'], output: 'g', int: { transB: 1 } };

const after = (op: string, from: string, output: string, rest: Partial<NodeSpec> = {}) => ({
  op,
  inputs: [from],
  output,
  ...rest,
});

describe('findClassifier behind a linear operator', () => {
  it.each<[string, readonly NodeSpec[], string]>([
    ['nothing', [GEMM], 'g'],
    ['a Softmax', [GEMM, after('Softmax', 'g', 'p')], 'g'],
    ['a Sigmoid', [GEMM, after('Sigmoid', 'g', 'p')], 'g'],
    [
      'an Identity behind a Softmax',
      [GEMM, after('Softmax', 'g', 'p'), after('Identity', 'p', 'q')],
      'g',
    ],
    ['an Identity', [GEMM, after('Identity', 'g', 'q')], 'q'],
    ['a scale', [GEMM, { op: 'Mul', inputs: ['g', 'factor'], output: 'm' }], 'm'],
  ])('takes the scores before %s', async (_what, head, logits) => {
    const spec = withHead(head, { factor: [1] });
    expect(await find(spec)).toEqual({ logits, inputs: ['flat'], isBeforePooling: false });
  });

  it('sees through a bias that is an Add of its own', async () => {
    const head: NodeSpec[] = [
      { op: 'MatMul', inputs: ['flat', 'turned'], output: 'product' },
      { op: 'Add', inputs: ['product', 'bias'], output: 'scores' },
    ];
    const spec = withHead(head, { turned: [16, 10], bias: [10] });
    expect(await find(spec)).toMatchObject({ logits: 'scores', inputs: ['flat'] });
  });

  it('takes a 1x1 convolution of the pooled map', async () => {
    const nodes: NodeSpec[] = [
      ...CNN.nodes.slice(0, 8),
      { op: 'Conv', inputs: ['gap', 'fc4'], output: 'scores' },
      after('Flatten', 'scores', 'logits', { int: { axis: 1 } }),
    ];
    const spec = { ...CNN, nodes, weights: { ...CNN.weights, fc4: [10, 16, 1, 1] } };
    expect(await find(spec)).toMatchObject({ logits: 'logits', inputs: ['gap'] });
  });

  it('has two linears where the scores of two heads are added, in their order', async () => {
    expect(await find(TOKENS)).toEqual({
      logits: 'logits',
      inputs: ['t0', 't1'],
      isBeforePooling: false,
    });
  });

  it('finds the one that classified all tokens before one was picked', async () => {
    const nodes: NodeSpec[] = [
      ...TOKENS.nodes.slice(0, 11),
      { op: 'MatMul', inputs: ['normed', 'turned'], output: 'all' },
      { op: 'Gather', inputs: ['all', 'i0'], output: 'logits', int: { axis: 1 } },
    ];
    const spec = { ...TOKENS, nodes, weights: { ...TOKENS.weights, turned: [8, 10] } };
    expect(await find(spec)).toMatchObject({ logits: 'logits', inputs: ['normed'] });
  });
});

describe('findClassifier on a network without a classifier', () => {
  it.each<[string, ModelSpec]>([
    [
      'ends in pooled features',
      { ...withHead([]), output: { name: 'flat', shape: ['batch', 16] } },
    ],
    ['ends in the activation of a layer', withHead([GEMM, after('Relu', 'g', 'r')])],
    [
      'scores tokens',
      {
        ...TOKENS,
        nodes: [
          ...TOKENS.nodes.slice(0, 9),
          { op: 'MatMul', inputs: ['normed', 'turned'], output: 'logits' },
        ],
        weights: { ...TOKENS.weights, turned: [8, 10] },
        output: { name: 'logits', shape: ['batch', 16, 10] },
      },
    ],
  ])('is null where it %s', async (_what, spec) => {
    expect(await find(spec)).toBeNull();
  });

  it('gives up after as many operators as no head has', async () => {
    const chain = (length: number): NodeSpec[] =>
      Array.from({ length }, (_, i) => after('Identity', i === 0 ? 'g' : `v${i - 1}`, `v${i}`));
    expect(await find(withHead([GEMM, ...chain(60)]))).toMatchObject({ inputs: ['flat'] });
    expect(await find(withHead([GEMM, ...chain(70)]))).toBeNull();
  });

  it('takes no exponential time for Adds of a value and itself', async () => {
    const doublings = Array.from({ length: 40 }, (_, i): NodeSpec => {
      const from = i === 0 ? 'g' : `v${i - 1}`;
      return { op: 'Add', inputs: [from, from], output: `v${i}` };
    });
    expect(await find(withHead([GEMM, ...doublings]))).toMatchObject({ inputs: ['flat'] });
  });
});

/** Every position of `l2` classified, then pooled: as SqueezeNet does in its module `classifier`. */
function scoredBeforePooling(module: string): ModelSpec {
  const nodes: NodeSpec[] = [
    ...CNN.nodes.slice(0, 7),
    { op: 'Conv', inputs: ['l2', 'fc4'], output: 'map', name: `/${module}/${module}.1/Conv` },
    after('Relu', 'map', 'active', { name: `/${module}/${module}.2/Relu` }),
    after('GlobalAveragePool', 'active', 'mean', {
      name: `/${module}/${module}.3/GlobalAveragePool`,
    }),
    after('Flatten', 'mean', 'logits', { name: '/Flatten', int: { axis: 1 } }),
  ];
  const weights = { ...CNN.weights, fc4: [10, 16, 1, 1] };
  return { ...CNN, nodes, weights, output: { name: 'logits', shape: ['batch', 10] } };
}

describe('findClassifier where every position is classified', () => {
  const EXPECTED = { logits: 'logits', inputs: ['l2'], isBeforePooling: true };

  it('knows it by a module of its own', async () => {
    expect(await find(scoredBeforePooling('classifier'))).toEqual(EXPECTED);
  });

  it('knows it by the probabilities behind it, without names', async () => {
    const spec = nameless(scoredBeforePooling('classifier'));
    const nodes: NodeSpec[] = [...spec.nodes, after('Softmax', 'logits', 'p')];
    const output = { name: 'p', shape: ['batch', 10] };
    expect(await find({ ...spec, nodes, output })).toEqual(EXPECTED);
  });

  it.each([
    ['names are missing', nameless(scoredBeforePooling('classifier'))],
    ['the convolution is in the module of its input', scoredBeforePooling('layer2')],
  ])('is null where %s: features end so, too', async (_why, spec) => {
    expect(await find(spec)).toBeNull();
  });

  it('is null where the pooling is in another module: a last convolution makes features', async () => {
    const spec = scoredBeforePooling('conv_head');
    const nodes = spec.nodes.map((node) =>
      node.op === 'GlobalAveragePool' ? { ...node, name: '/global_pool/GlobalAveragePool' } : node,
    );
    expect(await find({ ...spec, nodes })).toBeNull();
  });
});

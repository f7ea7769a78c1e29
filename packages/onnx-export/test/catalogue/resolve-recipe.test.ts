import type { Adapter, FieldEntry, TapRecipe } from '@featuretap/core/spec';
import { beforeAll, describe, expect, it } from 'vitest';
import { fitStage, fitUnpooled, fitVector } from '../../src/catalogue/fit-field.js';
import { resolveRecipe, type Judge } from '../../src/catalogue/resolve-recipe.js';
import { resolveByModules, type Resolver } from '../../src/catalogue/resolver.js';
import type { ModelSpec } from '../build-model.js';
import {
  anchors,
  CNN,
  contextOf,
  field,
  TOKENS,
  wrapped,
  type NodeSpec,
} from './small-networks.js';

const SAME = [1, 1] as const;

const asStage =
  (entry: FieldEntry): Judge =>
  (sample) =>
    fitStage(sample, entry.shape, SAME);

const asUnpooled =
  (entry: FieldEntry): Judge =>
  (sample) =>
    fitUnpooled(sample, entry, SAME);

const asVector =
  (entry: FieldEntry): Judge =>
  (sample) =>
    fitVector(sample, entry.shape[0] ?? 0);

function resolve(
  resolver: Resolver,
  recipe: TapRecipe,
  shape: number[],
  judge: (entry: FieldEntry) => Judge,
) {
  const entry = field(recipe, shape);
  return resolveRecipe(resolver, recipe, entry, judge(entry));
}

/** CNN with the map of `layer1` pooled as well, and a head on each of the two vectors. */
const TWO_HEADS: ModelSpec = {
  ...CNN,
  nodes: [
    ...CNN.nodes.slice(0, 9),
    { op: 'GlobalAveragePool', inputs: ['l1'], output: 'gap1', name: '/pool1/GlobalAveragePool' },
    { op: 'Flatten', inputs: ['gap1'], output: 'flat1', name: '/Flatten_1', int: { axis: 1 } },
    {
      op: 'Gemm',
      inputs: ['flat', 'fc'],
      output: 'h0',
      name: '/head/head.0/Gemm',
      int: { transB: 1 },
    },
    {
      op: 'Gemm',
      inputs: ['flat1', 'fc1'],
      output: 'h1',
      name: '/head/head.1/Gemm',
      int: { transB: 1 },
    },
    { op: 'Add', inputs: ['h0', 'h1'], output: 'logits', name: '/Add' },
  ],
  weights: { ...CNN.weights, fc1: [10, 8] },
};

/** Two vectors of the same width that are no tokens of one tensor. */
const EQUAL_HEADS: ModelSpec = {
  ...TWO_HEADS,
  nodes: TWO_HEADS.nodes.map((node): NodeSpec => {
    if (node.output === 'gap1') return { ...node, inputs: ['l2'], op: 'GlobalMaxPool' };
    return node;
  }),
  weights: { ...CNN.weights, fc1: [10, 16] },
};

let cnn: Resolver;
let tokens: Resolver;
let heads: Resolver;
let equal: Resolver;

beforeAll(async () => {
  cnn = resolveByModules(await contextOf(CNN), '');
  tokens = resolveByModules(await contextOf(TOKENS), '');
  heads = resolveByModules(await contextOf(TWO_HEADS), '');
  equal = resolveByModules(await contextOf(EQUAL_HEADS), '');
});

describe('an anchors recipe', () => {
  it('means what a module returns', () => {
    expect(resolve(cnn, anchors('layer1'), [8, 16, 16], asStage)).toEqual({
      value: 'l1',
      module: 'layer1',
      adapter: null,
      shape: [8, 16, 16],
    });
  });

  it('means what a module takes', () => {
    expect(resolve(cnn, anchors('>layer2'), [8, 16, 16], asStage)).toMatchObject({
      value: 'l1',
      module: 'layer2',
    });
  });

  it('goes on to the next place where the first is not there, or not of its shape', () => {
    expect(resolve(cnn, anchors('nowhere', 'layer2'), [16, 8, 8], asStage)).toMatchObject({
      value: 'l2',
    });
    expect(resolve(cnn, anchors('stem', 'layer2'), [16, 8, 8], asStage)).toMatchObject({
      value: 'l2',
    });
  });

  it('is null where no place has the shape', () => {
    expect(resolve(cnn, anchors('stem', 'layer1'), [16, 8, 8], asStage)).toBeNull();
    expect(resolve(cnn, anchors('nowhere'), [16, 8, 8], asStage)).toBeNull();
  });

  it('turns tokens into a map for a stage, and leaves them for unpooled', () => {
    expect(resolve(tokens, anchors('blocks.0'), [8, 4, 4], asStage)).toMatchObject({
      value: 'b0',
      adapter: { kind: 'tokens-to-map', prefixTokens: 0, size: [4, 4] },
      shape: [8, 4, 4],
    });
    expect(resolve(tokens, anchors('norm'), [16, 8], asUnpooled)).toMatchObject({
      value: 'normed',
      adapter: null,
    });
  });

  it('takes the Flatten of the network in place of an adapter', () => {
    expect(resolve(cnn, anchors('pool'), [16], asVector)).toMatchObject({
      value: 'flat',
      adapter: null,
      shape: [16],
    });
  });

  it('flattens where the network does not', async () => {
    const nodes: NodeSpec[] = [
      ...CNN.nodes.slice(0, 8),
      { op: 'Conv', inputs: ['gap', 'fc'], output: 'scores', name: '/fc/Conv' },
      { op: 'Flatten', inputs: ['scores'], output: 'logits', name: '/Flatten', int: { axis: 1 } },
    ];
    const weights = { ...CNN.weights, fc: [10, 16, 1, 1] };
    const resolver = resolveByModules(await contextOf({ ...CNN, nodes, weights }), '');
    expect(resolve(resolver, anchors('pool'), [16], asVector)).toMatchObject({
      value: 'gap',
      adapter: { kind: 'flatten' },
    });
  });
});

describe('the recipe of a module that is inside a wrapper', () => {
  it('is found behind the prefix alone', async () => {
    const context = await contextOf(wrapped(CNN, 'model'));
    const recipe = anchors('layer1');
    expect(resolve(resolveByModules(context, ''), recipe, [8, 16, 16], asStage)).toBeNull();
    expect(
      resolve(resolveByModules(context, 'model.'), recipe, [8, 16, 16], asStage),
    ).toMatchObject({ value: 'l1', module: 'layer1' });
  });
});

describe('token recipes', () => {
  it('pick one token', () => {
    const recipe: TapRecipe = { kind: 'token', index: 3, of: anchors('norm') };
    expect(resolve(tokens, recipe, [8], asVector)).toEqual({
      value: 'normed',
      adapter: { kind: 'token', index: 3 },
      shape: [8],
    });
  });

  it('average from one token on', () => {
    const recipe: TapRecipe = { kind: 'token-mean', from: 5, of: anchors('norm') };
    expect(resolve(tokens, recipe, [8], asVector)).toEqual({
      value: 'normed',
      adapter: { kind: 'token-mean', from: 5 },
      shape: [8],
    });
  });

  it.each<TapRecipe>([
    { kind: 'token', index: 0, of: anchors('norm') },
    { kind: 'token-mean', from: 1, of: anchors('norm') },
  ])('are null where the tokens have another width: $kind', (recipe) => {
    expect(resolve(tokens, recipe, [9], asVector)).toBeNull();
  });

  it('are null where what they are of is a map', () => {
    const recipe: TapRecipe = { kind: 'token', index: 0, of: anchors('layer2') };
    expect(resolve(cnn, recipe, [8], asVector)).toBeNull();
  });
});

describe('a mean recipe', () => {
  const of = [anchors('>head'), anchors('>head_dist')];

  it('is the mean of tokens where both vectors are tokens of one tensor', () => {
    expect(resolve(tokens, { kind: 'mean', of }, [8], asVector)).toEqual({
      value: 'normed',
      adapter: { kind: 'token-mean', tokens: [0, 1] },
      shape: [8],
    });
  });

  it('is the mean of the values where they are not', () => {
    const recipe: TapRecipe = { kind: 'mean', of: [anchors('>head.0'), anchors('>head.1')] };
    expect(resolve(equal, recipe, [16], asVector)).toEqual({
      value: 'flat',
      adapter: { kind: 'mean', values: ['flat', 'flat1'] },
      shape: [16],
    });
  });

  it.each<[string, TapRecipe[], number]>([
    ['a part is missing', [anchors('>head'), anchors('>nowhere')], 8],
    ['the parts have another width', of, 16],
  ])('is null where %s', (_why, parts, width) => {
    expect(resolve(tokens, { kind: 'mean', of: parts }, [width], asVector)).toBeNull();
  });

  it('is null where parts differ in width', () => {
    const recipe: TapRecipe = { kind: 'mean', of: [anchors('>head.0'), anchors('>head.1')] };
    expect(resolve(heads, recipe, [16], asVector)).toBeNull();
  });
});

describe('a concat recipe', () => {
  const recipe: TapRecipe = { kind: 'concat', of: [anchors('>head.0'), anchors('>head.1')] };

  it('joins vectors in the order of the recipe', () => {
    expect(resolve(heads, recipe, [24], asVector)).toEqual({
      value: 'flat',
      adapter: { kind: 'concat', values: ['flat', 'flat1'] },
      shape: [24],
    });
    const turned: TapRecipe = { kind: 'concat', of: recipe.of.toReversed() };
    expect(resolve(heads, turned, [24], asVector)?.adapter).toEqual({
      kind: 'concat',
      values: ['flat1', 'flat'],
    });
  });

  it('is null where the widths do not add up', () => {
    expect(resolve(heads, recipe, [25], asVector)).toBeNull();
  });

  it('is null where a part is no place, or a map', () => {
    const nested: TapRecipe = {
      kind: 'concat',
      of: [{ kind: 'token', index: 0, of: anchors('layer1') }, anchors('>head.1')],
    };
    expect(resolve(heads, nested, [24], asVector)).toBeNull();
    const map: TapRecipe = { kind: 'concat', of: [anchors('layer2'), anchors('>head.1')] };
    expect(resolve(heads, map, [24], asVector)).toBeNull();
  });
});

describe('a rearrange recipe', () => {
  const steps = [{ reshape: [2, 2, 4, 8] }, { permute: [3, 0, 2, 1] }, { reshape: [8, 4, 4] }];
  const adapter: Adapter = { kind: 'rearrange', steps };

  it('keeps its steps for a value of just its shape', () => {
    const recipe: TapRecipe = { kind: 'rearrange', shape: [16, 8], steps, of: anchors('blocks.0') };
    expect(resolve(tokens, recipe, [8, 4, 4], asStage)).toMatchObject({
      value: 'b0',
      module: 'blocks.0',
      adapter,
      shape: [8, 4, 4],
    });
  });

  it('is null for a value of another shape, which its steps are not made for', () => {
    const recipe: TapRecipe = { kind: 'rearrange', shape: [17, 8], steps, of: anchors('blocks.0') };
    expect(resolve(tokens, recipe, [8, 4, 4], asStage)).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import {
  pathSignature,
  shapeSignature,
  weightedProducts,
} from '../../src/catalogue/weight-signature.js';
import { findClassifier } from '../../src/taps/find-classifier.js';
import type { ModelSpec } from '../build-model.js';
import { CNN, contextOf, nameless, TOKENS } from './small-networks.js';

async function productsOf(spec: ModelSpec) {
  const context = await contextOf(spec);
  return weightedProducts(context, findClassifier(context));
}

describe('weightedProducts', () => {
  it('counts weights of convolutions by module and leaves the classifier out', async () => {
    expect(await productsOf(CNN)).toEqual([
      { path: ['stem', 'conv'], elements: 8 * 3 * 3 * 3 },
      { path: ['layer1', 'conv'], elements: 8 * 8 * 3 * 3 },
      { path: ['layer2', 'conv'], elements: 16 * 8 * 3 * 3 },
    ]);
  });

  it('leaves both of two classifiers out, and has matrix products', async () => {
    expect(await productsOf(TOKENS)).toEqual([
      { path: ['patch_embed', 'proj'], elements: 1536 },
      { path: ['blocks', '0', 'fc'], elements: 64 },
      { path: ['blocks', '1', 'fc'], elements: 64 },
    ]);
  });

  it('counts every product of a file that is taken to have no classifier', async () => {
    expect(weightedProducts(await contextOf(CNN), null)).toHaveLength(4);
  });

  it('has empty paths where the file has no names', async () => {
    const products = await productsOf(nameless(CNN));
    expect(products.map(({ path }) => path)).toEqual([[], [], []]);
  });

  it('does not count a product of two values with data', async () => {
    const attention = {
      ...TOKENS,
      nodes: [
        ...TOKENS.nodes.slice(0, 4),
        { op: 'MatMul', inputs: ['tokens', 'ncl'], output: 'qk', name: '/blocks/blocks.0/MatMul' },
        { op: 'MatMul', inputs: ['qk', 'tokens'], output: 'm0', name: '/blocks/blocks.0/MatMul_1' },
        ...TOKENS.nodes.slice(5),
      ],
    };
    expect((await productsOf(attention)).map(({ path }) => path.join('.'))).toEqual([
      'patch_embed.proj',
      'blocks.1.fc',
    ]);
  });
});

// Expected values: FNV-1a of each text in Python, which gives the published 0xe40c292c for "a" and
// 0xbf9cf968 for "foobar".
describe('pathSignature', () => {
  it('sums the hashes of "path:elements"', async () => {
    expect(pathSignature(await productsOf(CNN))).toBe('3:1702ba35');
  });

  it('does not depend on the order', async () => {
    expect(pathSignature((await productsOf(CNN)).toReversed())).toBe('3:1702ba35');
  });

  it('counts a module that is called twice once', async () => {
    const products = await productsOf(CNN);
    expect(pathSignature([...products, products[0]!])).toBe('3:1702ba35');
  });

  it.each([
    ['another path', { path: ['stem', 'conv2'], elements: 216 }],
    ['another number of weights', { path: ['stem', 'conv'], elements: 217 }],
  ])('changes with %s', async (_name, first) => {
    const [, ...rest] = await productsOf(CNN);
    expect(pathSignature([first, ...rest])).not.toBe('3:1702ba35');
  });

  it('has a form for no products at all', () => {
    expect(pathSignature([])).toBe('0:00000000');
  });
});

describe('shapeSignature', () => {
  it('sums the hashes of the numbers of weights, with or without names', async () => {
    expect(shapeSignature(await productsOf(CNN))).toBe('3:f0b200b3');
    expect(shapeSignature((await productsOf(nameless(CNN))).toReversed())).toBe('3:f0b200b3');
  });

  it('counts equal numbers as often as they are there', async () => {
    expect(shapeSignature(await productsOf(TOKENS))).toBe('3:0dade9c8');
  });

  it('writes eight digits, zeros in front', () => {
    expect(shapeSignature([{ path: [], elements: 68 }])).toBe('1:0de8d5a3');
  });
});

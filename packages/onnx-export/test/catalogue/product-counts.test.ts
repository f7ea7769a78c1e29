import { describe, expect, it } from 'vitest';
import { countProducts } from '../../src/catalogue/product-counts.js';
import type { ModelSpec } from '../build-model.js';
import { contextOf, TOKENS } from './small-networks.js';

const PADDED = { pads: [1, 1, 1, 1] };

function conv(input: string, weight: string, output: string) {
  return { op: 'Conv', inputs: [input, weight], output, ints: PADDED };
}

/** Two branches from `a` that meet again in `d`. */
const DIAMOND: ModelSpec = {
  nodes: [
    { op: 'Relu', inputs: ['input'], output: 'image' },
    conv('image', 'w3', 'a'),
    conv('a', 'w8', 'b'),
    conv('b', 'w8', 'b2'),
    conv('a', 'w8', 'c'),
    { op: 'Add', inputs: ['b2', 'c'], output: 'd' },
    { op: 'Relu', inputs: ['d'], output: 'd2' },
    conv('d2', 'w8', 'e'),
    { op: 'GlobalAveragePool', inputs: ['e'], output: 'gap' },
    { op: 'Flatten', inputs: ['gap'], output: 'flat', int: { axis: 1 } },
  ],
  weights: { w3: [8, 3, 3, 3], w8: [8, 8, 3, 3] },
  output: { name: 'flat', shape: ['batch', 8] },
};

const EXPECTED = { image: 0, a: 1, b: 2, b2: 3, c: 2, d: 4, d2: 4, e: 5, gap: 5, flat: 5 };

describe('countProducts', () => {
  it('counts what branches share once', async () => {
    expect(Object.fromEntries(countProducts(await contextOf(DIAMOND)))).toEqual(EXPECTED);
  });

  it('does not depend on the order of the branches in the file', async () => {
    const [image, a, b, b2, c, ...rest] = DIAMOND.nodes;
    const nodes = [image!, a!, c!, b!, b2!, ...rest];
    const counts = countProducts(await contextOf({ ...DIAMOND, nodes }));
    expect(Object.fromEntries(counts)).toEqual(EXPECTED);
  });

  it('counts beyond one word of 32 bits', async () => {
    const chain = Array.from({ length: 70 }, (_, i) =>
      i === 0 ? conv('input', 'w3', 'v0') : conv(`v${i - 1}`, 'w8', `v${i}`),
    );
    const output = { name: 'v69', shape: ['batch', 8, 32, 32] };
    const counts = countProducts(await contextOf({ ...DIAMOND, nodes: chain, output }));
    expect([31, 32, 33, 63, 64, 69].map((i) => counts.get(`v${i}`))).toEqual([
      32, 33, 34, 64, 65, 70,
    ]);
  });

  it('leaves constants out', async () => {
    const counts = countProducts(await contextOf(TOKENS));
    expect(counts.has('to_tokens')).toBe(false);
    expect(counts.get('normed')).toBe(3);
    expect(counts.get('logits')).toBe(5);
  });

  it('gives up on a graph whose sets would not fit in memory', async () => {
    const context = await contextOf(DIAMOND);
    const [, first] = context.index.nodes;
    // Only the number of nodes counts here: 2^15 products of 2^15 nodes are above the limit of 2^29.
    const nodes = Array.from({ length: 2 ** 15 }, () => first!);
    const counts = countProducts({ ...context, index: { ...context.index, nodes } });
    expect(counts.size).toBe(0);
  });
});

import type { Adapter } from '@featuretap/core/spec';
import type { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { planTaps } from '../../src/plan-taps.js';
import { modelBytes, parse } from '../read-fixture.js';
import { run, tapBytes } from '../run-model.js';

type At = (tensor: number, ...position: number[]) => number;

interface Case {
  readonly adapter: Adapter;
  /** Graph values read: `at(0, …)` is an element of the first. */
  readonly values: readonly string[];
  readonly shape: readonly number[];
  /** An element of the result, by its definition. */
  readonly element: (at: At, position: readonly number[]) => number;
}

const sum = (count: number, term: (i: number) => number): number =>
  Array.from({ length: count }, (_, i) => term(i)).reduce((a, b) => a + b, 0);

// In the token models: patches [N, 6, 4, 4], channels [N, 6, 16], t1 [N, 17, 6], token [N, 1, 6].
const CASES: readonly Case[] = [
  {
    adapter: { kind: 'flatten' },
    values: ['token'],
    shape: [2, 6],
    element: (at, [n = 0, d = 0]) => at(0, n, 0, d),
  },
  {
    adapter: { kind: 'nhwc-to-nchw' },
    values: ['patches'],
    shape: [2, 4, 6, 4],
    element: (at, [n = 0, c = 0, y = 0, x = 0]) => at(0, n, y, x, c),
  },
  {
    adapter: { kind: 'tokens-to-map', prefixTokens: 1, size: [2, 8] },
    values: ['t1'],
    shape: [2, 6, 2, 8],
    element: (at, [n = 0, c = 0, y = 0, x = 0]) => at(0, n, 1 + 8 * y + x, c),
  },
  {
    adapter: { kind: 'tokens-to-map', prefixTokens: 0, size: [4, 4] },
    values: ['positions'],
    shape: [2, 6, 4, 4],
    element: (at, [n = 0, c = 0, y = 0, x = 0]) => at(0, n, 4 * y + x, c),
  },
  {
    adapter: { kind: 'channels-first-tokens-to-map', size: [2, 8] },
    values: ['channels'],
    shape: [2, 6, 2, 8],
    element: (at, [n = 0, c = 0, y = 0, x = 0]) => at(0, n, c, 8 * y + x),
  },
  {
    adapter: { kind: 'swap-tokens' },
    values: ['channels'],
    shape: [2, 16, 6],
    element: (at, [n = 0, l = 0, c = 0]) => at(0, n, c, l),
  },
  {
    adapter: { kind: 'token', index: 3 },
    values: ['t1'],
    shape: [2, 6],
    element: (at, [n = 0, d = 0]) => at(0, n, 3, d),
  },
  {
    adapter: { kind: 'token-mean', from: 1 },
    values: ['t1'],
    shape: [2, 6],
    element: (at, [n = 0, d = 0]) => sum(16, (i) => at(0, n, 1 + i, d)) / 16,
  },
  {
    adapter: { kind: 'token-mean' },
    values: ['t1'],
    shape: [2, 6],
    element: (at, [n = 0, d = 0]) => sum(17, (i) => at(0, n, i, d)) / 17,
  },
  {
    adapter: { kind: 'token-mean', tokens: [0, 4] },
    values: ['t1'],
    shape: [2, 6],
    element: (at, [n = 0, d = 0]) => (at(0, n, 0, d) + at(0, n, 4, d)) / 2,
  },
  {
    adapter: { kind: 'spatial-mean', layout: 'NCHW' },
    values: ['patches'],
    shape: [2, 6],
    element: (at, [n = 0, d = 0]) => sum(16, (i) => at(0, n, d, i >> 2, i & 3)) / 16,
  },
  {
    adapter: { kind: 'spatial-mean', layout: 'NHWC' },
    values: ['patches'],
    shape: [2, 4],
    element: (at, [n = 0, d = 0]) => sum(24, (i) => at(0, n, i >> 2, i & 3, d)) / 24,
  },
  {
    adapter: { kind: 'concat', values: ['pooled.vector', 'logits'] },
    values: ['pooled.vector', 'logits'],
    shape: [2, 11],
    element: (at, [n = 0, d = 0]) => (d < 6 ? at(0, n, d) : at(1, n, d - 6)),
  },
  {
    adapter: { kind: 'mean', values: ['t1', 't2'] },
    values: ['t1', 't2'],
    shape: [2, 17, 6],
    element: (at, [n = 0, l = 0, c = 0]) => (at(0, n, l, c) + at(1, n, l, c)) / 2,
  },
  {
    adapter: { kind: 'map-to-tokens' },
    values: ['patches'],
    shape: [2, 6, 16],
    element: (at, [n = 0, c = 0, l = 0]) => at(0, n, c, l >> 2, l & 3),
  },
  {
    adapter: { kind: 'nchw-to-nhwc' },
    values: ['patches'],
    shape: [2, 4, 4, 6],
    element: (at, [n = 0, y = 0, x = 0, c = 0]) => at(0, n, c, y, x),
  },
  {
    // Windows of 2 x 2 behind one another become a map, as Hiera's tokens do.
    adapter: {
      kind: 'rearrange',
      steps: [{ reshape: [2, 2, 2, 2, 6] }, { permute: [4, 0, 2, 1, 3] }, { reshape: [6, 4, 4] }],
    },
    values: ['positions'],
    shape: [2, 6, 4, 4],
    element: (at, [n = 0, c = 0, y = 0, x = 0]) =>
      at(0, n, 8 * (y >> 1) + 4 * (x >> 1) + 2 * (y & 1) + (x & 1), c),
  },
];

function positions(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (found, size) =>
      found.flatMap((start) => Array.from({ length: size }, (_, i) => [...start, i])),
    [[]],
  );
}

/** float32 sums of at most 24 numbers, taken in another order. */
const DIGITS = 5;

describe.each([9, 13, 18])('insertAdapter at opset %i', (opset) => {
  it.each(CASES)('$adapter.kind of $values in onnxruntime', async (test) => {
    const original = modelBytes(`tokens-opset${opset}`);
    const plan = planTaps(await parse(original));
    const [value = ''] = test.values;
    const shape = ['batch', ...test.shape.slice(1)];
    const stage = {
      value,
      adapter: test.adapter,
      shape,
      layout: 'NCHW',
      evidence: 'structure',
    } as const;
    const hidden = test.values.filter((name) => name !== 'logits');
    const outputs = hidden.map((name) => ({ name: `raw ${name}`, value: name }));
    const options = { fields: ['stages'], outputs } as const;
    const record = { ...plan.record, stages: [stage] };
    const results = await run(await tapBytes(original, options, { ...plan, record }));

    const raw = test.values.map((name) => results.get(`raw ${name}`) ?? results.get(name));
    const at: At = (tensor, ...position) => element(raw[tensor]!, position);
    const found = results.get('stages.0')!;
    expect(found.dims).toEqual(test.shape);
    for (const position of positions(test.shape)) {
      expect(element(found, position)).toBeCloseTo(test.element(at, position), DIGITS);
    }
    expect(new Set(found.data as Float32Array).size).toBeGreaterThan(4);
  });
});

function element({ dims, data }: Tensor, position: readonly number[]): number {
  expect(position).toHaveLength(dims.length);
  const index = position.reduce((flat, i, axis) => flat * dims[axis]! + i, 0);
  return (data as Float32Array)[index]!;
}

import { describe, expect, it } from 'vitest';
import { RESAMPLE_FILTERS, type FilterName } from '../../src/preprocess/resample-filter.js';
import { choosePasses } from '../../src/preprocess/resample-kernel.js';
import { scalarPasses, type ResamplePasses } from '../../src/preprocess/resample-passes.js';
import { createSimdPasses } from '../../src/preprocess/resample-simd.js';
import {
  computeResampleWeights,
  sourceRange,
  type ResizeAxis,
} from '../../src/preprocess/resample-weights.js';
import { loadSimdKernel } from '../../src/preprocess/simd-kernel.js';
import { difference } from './read-golden.js';

const unreachable = (): never => {
  throw new Error('The SIMD passes gave up.');
};
const never: ResamplePasses = { resampleRows: unreachable, resampleColumns: unreachable };
const openKernel = loadSimdKernel()!;
const simdPasses = createSimdPasses(openKernel, never);
const filters = Object.keys(RESAMPLE_FILTERS) as FilterName[];

/** The same numbers in every run. */
function createRandom(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

/** Noise, or black and white only, where weights of the two signs overshoot most. */
function makeBytes(length: number, isHard: boolean, random: (end: number) => number): Uint8Array {
  return Uint8Array.from({ length }, () => (isHard ? random(2) * 255 : random(256)));
}

interface Shape {
  readonly filter: FilterName;
  readonly axis: ResizeAxis;
  /** Rows of the row pass, pixels of a row of the column pass. */
  readonly across: number;
  readonly isHard?: boolean;
}

/** Makes both implementations weigh the same image along its rows or columns. */
function compare(pass: keyof ResamplePasses, of: Shape, random: (end: number) => number): void {
  const weights = computeResampleWeights(of.axis, RESAMPLE_FILTERS[of.filter]);
  const { from } = of.axis;
  const { first, count } = sourceRange(weights);
  // The image begins where the windows do, as between two passes, and its rows may be longer.
  const [before, after] = [random(5), random(5)];
  const isRows = pass === 'resampleRows';
  const rowBytes = ((isRows ? count : of.across) + before + after) * 3;
  const rows = isRows ? of.across : count;
  const data = makeBytes(rowBytes * rows, of.isHard ?? false, random);
  const offset = before * 3 - first * (isRows ? 3 : rowBytes);
  const source = { data, rowBytes, offset };
  const untouched = data.slice();
  const actual = simdPasses[pass](source, of.across, weights);
  const expected = scalarPasses[pass](source, of.across, weights);
  const what = `${of.filter} ${from} to ${of.axis.to} [${of.axis.first}, +${of.axis.count})`;
  expect(expected.length).toBe(of.across * of.axis.count * 3);
  expect({ what, ...difference(actual, expected) }).toEqual({
    what,
    length: expected.length,
    differing: 0,
    largest: 0,
  });
  expect(Buffer.compare(data, untouched)).toBe(0);
}

/** A length of which small ones are as likely as large ones. */
const randomLength = (random: (end: number) => number, bits: number): number =>
  1 + random(2 ** random(bits + 1));

function randomShape(filter: FilterName, random: (end: number) => number): Shape {
  const to = randomLength(random, 10);
  const first = random(to);
  const axis = { from: randomLength(random, 12), to, first, count: 1 + random(to - first) };
  return { filter, axis, across: randomLength(random, 5), isHard: random(2) === 1 };
}

describe.each(['resampleRows', 'resampleColumns'] as const)('%s with SIMD', (pass) => {
  it.each(filters)('equals plain JavaScript on 400 random shapes and crops: %s', (filter) => {
    const random = createRandom(pass.length * 1_000 + filter.length);
    for (let i = 0; i < 400; i++) compare(pass, randomShape(filter, random), random);
  });

  it.each(filters)('equals it at every width from 1 to 70: %s', (filter) => {
    const random = createRandom(filter.length);
    for (let from = 1; from <= 70; from++) {
      for (const to of [1, 7, 16, 33]) {
        const axis = { from, to, first: 0, count: to };
        compare(pass, { filter, axis, across: (from % 35) + 1, isHard: true }, random);
      }
    }
  });

  it.each<[string, Shape]>([
    [
      'a window of a million pixels',
      { filter: 'lanczos', axis: { from: 2 ** 20, to: 1, first: 0, count: 1 }, across: 1 },
    ],
    [
      // Weights just below 0 have low halves just below 4096, hundreds of thousands of them here.
      'windows so long that the sums of the low halves leave int32',
      {
        filter: 'lanczos',
        axis: { from: 600_000, to: 9, first: 3, count: 3 },
        across: 2,
        isHard: true,
      },
    ],
    [
      'one pixel that becomes 100,000',
      { filter: 'bicubic', axis: { from: 1, to: 100_000, first: 0, count: 100_000 }, across: 1 },
    ],
    [
      'the end of an axis of 2^28 pixels',
      {
        filter: 'bicubic',
        axis: { from: 7, to: 2 ** 28, first: 2 ** 28 - 50, count: 50 },
        across: 3,
      },
    ],
    [
      'more rows of results than are held at a time',
      { filter: 'bilinear', axis: { from: 90, to: 600, first: 0, count: 600 }, across: 1_500 },
    ],
    [
      'rows so wide, and windows so long, that strips are cut',
      { filter: 'bicubic', axis: { from: 3_000, to: 40, first: 3, count: 30 }, across: 1_111 },
    ],
  ])('equals it on %s', (_, of) => {
    compare(pass, of, createRandom(1));
  });

  it('runs the other implementation when there is no memory', () => {
    const answer = Uint8Array.of(1);
    const passes = createSimdPasses(() => null, { ...never, [pass]: () => answer });
    const weights = computeResampleWeights(
      { from: 4, to: 2, first: 0, count: 2 },
      RESAMPLE_FILTERS.box,
    );
    const source = { data: new Uint8Array(12), rowBytes: 12, offset: 0 };
    expect(passes[pass](source, 1, weights)).toBe(answer);
  });
});

it('SIMD is what this engine gets, once for all images', () => {
  expect(choosePasses()).not.toBe(scalarPasses);
  expect(choosePasses()).toBe(choosePasses());
});

describe('the memory of the kernel', () => {
  const held = (bytes: number): number => openKernel(bytes)!.memory.buffer.byteLength;

  it('grows to what is asked for, and is kept up to 4 MiB', () => {
    expect(held(3_000_000)).toBeGreaterThanOrEqual(3_000_000);
    expect(openKernel(1)).toBe(openKernel(2_000_000));
    expect(held(2 ** 22)).toBe(2 ** 22);
    expect(held(1)).toBe(2 ** 22);
  });

  it('is left to the collector above that, and refused above 64 MiB', () => {
    const large = openKernel(2 ** 22 + 1);
    expect(openKernel(1)).not.toBe(large);
    expect(held(2 ** 26)).toBe(2 ** 26);
    expect(openKernel(2 ** 26 + 1)).toBeNull();
    expect(held(1)).toBeLessThanOrEqual(2 ** 22);
  });
});

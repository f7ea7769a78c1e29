import { describe, expect, it } from 'vitest';
import { RESAMPLE_FILTERS, type FilterName } from '../../src/preprocess/resample-filter.js';
import { computeResampleWeights, WEIGHT_BITS } from '../../src/preprocess/resample-weights.js';

const names = Object.keys(RESAMPLE_FILTERS) as FilterName[];
const sizes = [
  [1, 16],
  [5, 4],
  [7, 224],
  [640, 224],
  [4000, 256],
  [60_000, 3],
] as const;
const table = names.flatMap((name) => sizes.map(([from, to]) => [name, from, to] as const));

describe('computeResampleWeights', () => {
  it.each(table)(
    '%s, %i to %i: windows stay inside and cannot overflow int32',
    (name, from, to) => {
      const axis = { from, to, first: 0, count: to };
      const { starts, lengths, weights, stride } = computeResampleWeights(
        axis,
        RESAMPLE_FILTERS[name],
      );
      for (let i = 0; i < to; i++) {
        const window = weights.subarray(i * stride, i * stride + lengths[i]!);
        expect(starts[i]).toBeGreaterThanOrEqual(0);
        expect(starts[i]! + lengths[i]!).toBeLessThanOrEqual(from);
        const sum = window.reduce((total, weight) => total + weight, 0);
        // Every weight is off by half a unit at most.
        expect(Math.abs(sum - 2 ** WEIGHT_BITS)).toBeLessThanOrEqual(window.length / 2 + 1);
        const bound = window.reduce((total, weight) => total + Math.abs(weight), 0);
        expect(bound * 255 + 2 ** (WEIGHT_BITS - 1)).toBeLessThan(2 ** 31);
      }
    },
  );

  it('computes the same weights for a part as for the whole', () => {
    const filter = RESAMPLE_FILTERS.lanczos;
    const whole = computeResampleWeights({ from: 91, to: 40, first: 0, count: 40 }, filter);
    const part = computeResampleWeights({ from: 91, to: 40, first: 11, count: 7 }, filter);
    const { stride } = whole;
    expect(part.starts).toEqual(whole.starts.slice(11, 18));
    expect(part.weights).toEqual(whole.weights.slice(11 * stride, 18 * stride));
  });
});

import { describe, expect, it } from 'vitest';
import { auroc } from '../../src/features/auroc.js';
import { featureGolden } from './feature-golden.js';

const { inside, outside, area } = featureGolden('auroc') as {
  inside: number[];
  outside: number[];
  area: number;
};

describe('auroc', () => {
  it('counts pairs as numpy does, ties half', () => {
    expect(auroc(inside, outside)).toBeCloseTo(area, 12);
    expect(auroc(outside, inside)).toBeCloseTo(1 - area, 12);
  });

  it.each([
    ['1 when all are higher', [2, 3], [0, 1], 1],
    ['0 when all are lower', [0, 1], [2, 3], 0],
    ['a half when all are equal', [5, 5], [5], 0.5],
    ['right with infinite scores', [Infinity, 0], [-Infinity, 0], 0.875],
  ])('is %s', (_, high, low, expected) => {
    expect(auroc(high, low)).toBe(expected);
    expect(auroc(Float64Array.from(high), Float64Array.from(low))).toBe(expected);
  });

  it.each([
    [[], [1], /in-distribution score.*got 0 scores/u],
    [[1], [], /out-of-distribution score.*got 0 scores/u],
    [[1, Number.NaN], [1], /no NaN among them/u],
  ])('refuses %j against %j', (high, low, message) => {
    expect(() => auroc(high, low)).toThrow(message);
    expect(() => auroc(high, low)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});

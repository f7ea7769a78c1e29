import { describe, expect, it } from 'vitest';
import {
  comparePaired,
  difference,
  median,
  medianRatio,
  ratio,
  seededRandom,
  shuffled,
  spread,
} from '../src/bench/statistics.js';

describe('median and spread', () => {
  it.each([
    [[5], 5],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
  ])('the median of %j is %d', (numbers, expected) => {
    expect(median(numbers)).toBe(expected);
  });

  it('the spread has the smallest and the largest', () => {
    expect(spread([3, 9, 1])).toEqual({ value: 3, low: 1, high: 9 });
  });
});

describe('comparePaired', () => {
  it('finds no difference of a series to itself', () => {
    expect(comparePaired([5, 9, 7], [5, 9, 7], ratio)).toEqual({ value: 1, low: 1, high: 1 });
  });

  it('keeps rounds together: a slow round that meets both changes no ratio', () => {
    expect(comparePaired([2, 20, 4], [1, 10, 2], ratio)).toEqual({ value: 2, low: 2, high: 2 });
  });

  it('holds the estimate inside an interval that noise widens', () => {
    const { value, low, high } = comparePaired([10, 12, 14, 11], [5, 4, 7, 6], difference);
    expect(value).toBe(6);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  });

  it('refuses series of different lengths', () => {
    expect(() => comparePaired([1], [1, 2], ratio)).toThrow('equal length, got 1 and 2');
  });
});

describe('medianRatio', () => {
  it('is the middle of the ratios of the rounds, not the ratio of the medians', () => {
    // Ratios 1, 5 and 2; medians 10 and 4.
    expect(medianRatio([10, 20, 4], [10, 4, 2]).value).toBe(2);
  });

  it('has no interval where every round has the same ratio', () => {
    expect(medianRatio([2, 20, 4], [1, 10, 2])).toEqual({ value: 2, low: 2, high: 2 });
  });

  it('has an interval that reaches to the rounds that differ', () => {
    const { low, high } = medianRatio([1, 1, 3, 3], [1, 1, 1, 1]);
    expect([low, high]).toEqual([1, 3]);
  });

  it('refuses series without a round', () => {
    expect(() => medianRatio([], [])).toThrow('equal length, got 0 and 0');
  });
});

describe('shuffled', () => {
  const items = Array.from({ length: 20 }, (_, i) => i);

  it('keeps every item and moves some', () => {
    const mixed = shuffled(items, seededRandom(1));
    expect(mixed).not.toEqual(items);
    expect(mixed.toSorted((a, b) => a - b)).toEqual(items);
  });

  it('gives the same order for the same seed, another for another', () => {
    const order = shuffled(items, seededRandom(1));
    expect(shuffled(items, seededRandom(1))).toEqual(order);
    expect(shuffled(items, seededRandom(2))).not.toEqual(order);
  });
});

import { describe, expect, it } from 'vitest';
import { fitNearest } from '../../src/features/fit-nearest.js';
import {
  expectClose,
  featureGolden,
  float16,
  float32,
  vectors,
  type GoldenTensor,
} from './feature-golden.js';

const golden = featureGolden('nearest') as {
  train: GoldenTensor;
  test: GoldenTensor;
  scores: { k: number; scores: number[] }[];
};
const train = float32(golden.train);
const test = float32(golden.test);

describe('fitNearest', () => {
  it.each(golden.scores)('is what numpy computes for neighbour $k', ({ k, scores }) => {
    expectClose(fitNearest(train).score(test, { k }), scores, 1e-7);
  });

  it('counts the nearest by default, and knows what it was fitted on', () => {
    const scorer = fitNearest(train);
    expect(scorer.score(test)).toEqual(scorer.score(test, { k: 1 }));
    expect([scorer.size, scorer.width]).toEqual([9, 5]);
  });

  it('is 0 for a fitted vector, whatever its length, and lower for any other', () => {
    const scorer = fitNearest(vectors([1, 2], [0, 3]));
    const [same = 1, near = 1, far = 1] = scorer.score(vectors([1, 2], [1, 2.5], [-1, -2]));
    expect(same).toBe(-0);
    expect(near).toBeLessThan(0);
    expect(far).toBeLessThan(near);
  });

  it('keeps a copy', () => {
    const mine = vectors([1, 0]);
    const scorer = fitNearest(mine);
    mine.data.fill(5);
    expect(scorer.score(vectors([1, 0]))[0]).toBe(-0);
  });

  it('reads float16, and scores nothing of an empty batch', () => {
    const scorer = fitNearest(float16(golden.train));
    expectClose(scorer.score(float16(golden.test)), golden.scores[0]!.scores, 5e-3);
    expect(scorer.score({ ...test, shape: [0, 5], data: new Float32Array(0) })).toHaveLength(0);
  });

  it.each<[string, () => unknown, string, RegExp]>([
    [
      'nothing to fit',
      () => fitNearest({ ...train, shape: [0, 5], data: new Float32Array(0) }),
      'INPUT_INVALID',
      /at least one vector to fit, got none/u,
    ],
    [
      'NaN to fit',
      () => fitNearest(vectors([1, Number.NaN])),
      'INPUT_INVALID',
      /finite numbers in the vectors to fit/u,
    ],
    [
      'another width',
      () => fitNearest(train).score(vectors([1, 2])),
      'INPUT_INVALID',
      /5 values as the vectors to score, got 2/u,
    ],
    [
      'more neighbours than fitted',
      () => fitNearest(train).score(test, { k: 10 }),
      'OPTION_INVALID',
      /k: /u,
    ],
    [
      'unknown options',
      () => fitNearest(train).score(test, { neighbours: 2 } as object),
      'OPTION_INVALID',
      /known options are k/u,
    ],
  ])('refuses %s', (_, run, code, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});

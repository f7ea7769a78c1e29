import { describe, expect, it } from 'vitest';
import { concatFeatures } from '../../src/features/concat-features.js';
import { float16, vectors } from './feature-golden.js';

describe('concatFeatures', () => {
  it('puts the vectors of each image one after the other', () => {
    const joined = concatFeatures([
      vectors([1, 2], [3, 4]),
      vectors([5], [6]),
      vectors([7, 8], [9, 10]),
    ]);
    expect(joined.shape).toEqual([2, 5]);
    expect([...joined.row(0)]).toEqual([1, 2, 5, 7, 8]);
    expect([...joined.row(1)]).toEqual([3, 4, 6, 9, 10]);
  });

  it('joins float16 to float32', () => {
    const half = float16({ shape: [1, 2], data: [0.5, -2] });
    expect([...concatFeatures([half, vectors([0.1])]).data]).toEqual([0.5, -2, Math.fround(0.1)]);
  });

  it('copies: later changes do not reach it', () => {
    const alone = vectors([1, 2]);
    const joined = concatFeatures([alone]);
    alone.data.fill(0);
    expect([...joined.data]).toEqual([1, 2]);
  });

  it('joins empty batches', () => {
    const empty = { dtype: 'float32' as const, shape: [0, 3], data: new Float32Array(0) };
    expect(concatFeatures([empty, empty]).shape).toEqual([0, 6]);
  });

  it.each<[string, Parameters<typeof concatFeatures>[0], RegExp]>([
    ['nothing', [], /at least one tensor \[N, D\], got none/u],
    ['other images', [vectors([1], [2]), vectors([1])], /same 2 images, got 1 as features 1/u],
    ['no vectors', [{ ...vectors([1, 2]), shape: [2] }], /\[N, D\] as features 0, got \[2\]/u],
  ])('refuses %s', (_, features, message) => {
    const join = () => concatFeatures(features);
    expect(join).toThrow(message);
    expect(join).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});

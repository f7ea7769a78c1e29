import { describe, expect, it } from 'vitest';
import { cosineSimilarity } from '../../src/features/cosine-similarity.js';
import { dotSimilarity } from '../../src/features/dot-similarity.js';
import type { L2Normalized } from '../../src/features/l2-normalized.js';
import { topSimilar } from '../../src/features/top-similar.js';
import {
  expectClose,
  featureGolden,
  float16,
  float32,
  vectors,
  type GoldenTensor,
} from './feature-golden.js';

const golden = featureGolden('similarity') as {
  query: GoldenTensor;
  gallery: GoldenTensor;
  cosines: number[];
  order: number[][];
};
const query = float32(golden.query);
const gallery = float32(golden.gallery);

/** Scaled here, so that this test does not rest on l2Normalize. */
function unit(tensor: typeof query): L2Normalized<typeof query> {
  const width = tensor.shape[1]!;
  const data = tensor.data.map((value, i) => {
    const start = i - (i % width);
    return value / Math.hypot(...tensor.data.subarray(start, start + width));
  });
  return { ...tensor, data } as L2Normalized<typeof query>;
}

describe('cosineSimilarity', () => {
  it('is what torch computes', () => {
    const { shape, data } = cosineSimilarity(query, gallery);
    expect(shape).toEqual([3, 7]);
    expectClose(data, golden.cosines, 1e-7);
  });

  it('reads float16', () => {
    const { data } = cosineSimilarity(float16(golden.query), float16(golden.gallery));
    expectClose(data, golden.cosines, 2e-3);
  });

  it('does not depend on lengths, and stays from -1 to 1', () => {
    const { data } = cosineSimilarity(
      vectors([0.1, 0.2, 0.3]),
      vectors([3e18, 6e18, 9e18], [-1, -2, -3]),
    );
    expectClose(data, [1, -1], 1e-7);
    expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(1);
  });

  it('is 0 for a vector of zeros', () => {
    expect([...cosineSimilarity(vectors([0, 0]), vectors([1, 2], [0, 0])).data]).toEqual([0, 0]);
  });

  it('is empty where one side is', () => {
    const empty = { ...query, shape: [0, 6], data: new Float32Array(0) };
    expect(cosineSimilarity(empty, gallery).shape).toEqual([0, 7]);
    expect(cosineSimilarity(query, empty).shape).toEqual([3, 0]);
  });

  it.each<[string, typeof query, RegExp]>([
    ['another width', vectors([1, 2]), /vectors of 6 values as the second vectors, got 2/u],
    [
      'NaN',
      vectors([1, 2, Number.NaN, 4, 5, 6]),
      /finite numbers in the second vectors, got NaN in row 0/u,
    ],
    [
      'no vectors',
      { ...query, shape: [3, 2, 3] },
      /\[N, D\] as the second vectors, got \[3, 2, 3\]/u,
    ],
  ])('refuses %s', (_, other, message) => {
    const compare = () => cosineSimilarity(query, other);
    expect(compare).toThrow(message);
    expect(compare).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});

describe('dotSimilarity', () => {
  it('is the cosine of vectors of length 1', () => {
    expectClose(dotSimilarity(unit(query), unit(gallery)).data, golden.cosines, 1e-6);
  });

  it('divides nothing', () => {
    const two = vectors([2, 0]) as L2Normalized<typeof query>;
    expect([...dotSimilarity(two, two).data]).toEqual([4]);
  });

  it('refuses another width', () => {
    const short = vectors([1, 0]) as L2Normalized<typeof query>;
    expect(() => dotSimilarity(unit(query), short)).toThrow(
      /6 values as the second vectors, got 2/u,
    );
  });
});

describe('topSimilar', () => {
  it.each([1, 3, 7, 100])('orders the best %i as torch does', (k) => {
    const found = topSimilar(query, gallery, { k });
    const best = golden.order.map((order) => order.slice(0, k));
    expect(found.map((list) => list.map(({ index }) => index))).toEqual(best);
    const similarities = cosineSimilarity(query, gallery);
    found.forEach((list, row) =>
      list.forEach(({ index, similarity }) =>
        expect(similarity).toBe(similarities.row(row)[index]),
      ),
    );
  });

  it.each([
    [1, [1]],
    [2, [1, 3]],
    [3, [1, 3, 4]],
    [5, [1, 3, 4, 0, 2]],
  ])('puts equal ones in the order of the gallery: the best %i', (k, order) => {
    const same = vectors([1, 1], [1, 0], [1, 1], [1, 0], [1, 0]);
    expect(topSimilar(vectors([1, 0]), same, { k })[0]!.map(({ index }) => index)).toEqual(order);
  });

  it('returns five by default, and nothing of an empty gallery', () => {
    expect(topSimilar(query, gallery).map((list) => list.length)).toEqual([5, 5, 5]);
    const empty = { ...query, shape: [0, 6], data: new Float32Array(0) };
    expect(topSimilar(query, empty)).toEqual([[], [], []]);
    expect(topSimilar(empty, gallery)).toEqual([]);
  });

  it.each([{ k: 0 }, { k: 1.5 }, { top: 3 }])('refuses the options %j', (options) => {
    const search = () => topSimilar(query, gallery, options);
    expect(search).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});

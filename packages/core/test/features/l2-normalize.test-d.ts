import { describe, expectTypeOf, it } from 'vitest';
import {
  dotSimilarity,
  l2Normalize,
  type FeatureOutput,
  type FeatureTensor,
  type L2Normalized,
  type SpecOf,
  type Tensor,
} from '../../src/index.js';
import type { tiny } from '../fixtures/constants/tiny.js';

declare const record: FeatureOutput<SpecOf<typeof tiny>>;
declare function cosine(a: L2Normalized<Float32Array>, b: L2Normalized<Float32Array>): number;

describe('l2Normalize', () => {
  it('marks vectors, tensors and their rows', () => {
    const vector = l2Normalize(new Float32Array([3, 4]));
    expectTypeOf(vector).toEqualTypeOf<L2Normalized<Float32Array>>();
    const { pooled } = record;
    expectTypeOf(l2Normalize(pooled).shape).toEqualTypeOf<readonly [number, 6]>();
    expectTypeOf(l2Normalize(pooled)).toExtend<L2Normalized<Tensor<'float32'>>>();
    cosine(l2Normalize(pooled).row(0), vector);
    expectTypeOf(l2Normalize({} as FeatureTensor).shape).toEqualTypeOf<readonly [number, number]>();
  });

  it('keeps raw features out where normalised ones are asked for', () => {
    const vector = l2Normalize(new Float32Array([3, 4]));
    // @ts-expect-error -- raw features
    cosine(record.pooled.row(0), vector);
    // @ts-expect-error -- raw numbers
    cosine(vector, new Float32Array(2));
    const normalized = l2Normalize(record.pooled);
    expectTypeOf(dotSimilarity).toBeCallableWith(normalized, normalized);
    // @ts-expect-error -- raw features
    void dotSimilarity(normalized, record.pooled);
    // @ts-expect-error -- a part of a vector has another length
    cosine(vector, vector.subarray(1));
  });

  it('gives what still is a vector, and a tensor, to everybody else', () => {
    expectTypeOf<L2Normalized<Float32Array>>().toExtend<Float32Array>();
    expectTypeOf(l2Normalize(record.pooled).row(0)).toExtend<Float32Array>();
    expectTypeOf(l2Normalize(record.pooled)).toExtend<FeatureTensor>();
  });
});

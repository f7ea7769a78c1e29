import {
  checkFiniteVectors,
  featureVectors,
  type FeatureVectors,
  type VectorsLike,
} from './feature-vectors.js';
import type { L2Normalized } from './l2-normalized.js';
import { inverseLengths } from './similarity-matrix.js';

/** Vectors [N, D] of length 1, float32; `row(i)` is one of them, and known to be so. */
export type NormalizedVectors<S extends readonly [number, number] = readonly [number, number]> =
  L2Normalized<
    Omit<FeatureVectors, 'shape' | 'row'> & {
      /** Number of vectors, N, and values of each, D. */
      readonly shape: S;
      /**
       * One vector: a view that shares memory with `data`.
       *
       * @param index - position of the image in the batch, from 0.
       * @throws FeaturetapError `INPUT_INVALID` when the batch has no such image
       */
      row(index: number): L2Normalized<Float32Array>;
    }
  >;

/** Shape of the result for that of the input: a known D stays known. */
export type VectorShape<S extends readonly number[]> = S extends readonly [number, number]
  ? S
  : readonly [number, number];

/**
 * Divides a vector by its Euclidean length, as `torch.nn.functional.normalize` does.
 *
 * A new array: the input stays as it is. Lengths are taken in float64 and every element is rounded to
 * float32 once. A vector of zeros has no direction and stays zeros.
 *
 * @param vector - D elements, D at least 1.
 * @throws FeaturetapError `INPUT_INVALID` (empty, NaN or infinity)
 */
export function l2Normalize(vector: Float32Array): L2Normalized<Float32Array>;
/**
 * Divides each vector of a tensor by its Euclidean length.
 *
 * @param vectors - [N, D], float32 or float16, such as `pooled`.
 * @returns [N, D] float32
 * @throws FeaturetapError `INPUT_INVALID` (no vectors, NaN or infinity)
 */
export function l2Normalize<const T extends VectorsLike>(
  vectors: T,
): NormalizedVectors<VectorShape<T['shape']>>;
export function l2Normalize(
  input: Float32Array | VectorsLike,
): L2Normalized<Float32Array> | NormalizedVectors {
  // The only place where the brand is given: below, every row was divided by its length.
  if (input instanceof Float32Array) {
    const vector: VectorsLike = { dtype: 'float32', shape: [1, input.length], data: input };
    return normalizeRows(vector, 'the vector').data as L2Normalized<Float32Array>;
  }
  return normalizeRows(input, 'the vectors') as NormalizedVectors;
}

function normalizeRows(input: VectorsLike, what: string): FeatureVectors {
  const vectors = checkFiniteVectors(input, what);
  const { rows, width, data } = vectors;
  const factors = inverseLengths(vectors);
  const scaled = data.map((value, at) => value * factors[Math.floor(at / width)]!);
  return featureVectors(scaled, rows, width);
}

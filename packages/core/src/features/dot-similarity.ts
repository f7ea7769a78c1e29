import {
  checkFiniteVectors,
  checkSameWidth,
  featureVectors,
  type FeatureVectors,
  type VectorsLike,
} from './feature-vectors.js';
import type { L2Normalized } from './l2-normalized.js';
import { dotRows } from './similarity-matrix.js';

/**
 * Cosine similarity of vectors that have length 1 already: their dot products, nothing divided.
 *
 * The type refuses raw vectors, whose dot products are no cosines; `cosineSimilarity` takes those.
 * Sums are taken in float64 and rounded to float32 once.
 *
 * @param a - [N, D], from `l2Normalize`.
 * @param b - [M, D], from `l2Normalize`.
 * @returns [N, M] float32
 * @throws FeaturetapError `INPUT_INVALID` (no vectors, different widths, NaN or infinity)
 */
export function dotSimilarity(
  a: L2Normalized<VectorsLike>,
  b: L2Normalized<VectorsLike>,
): FeatureVectors {
  const left = checkFiniteVectors(a, 'the first vectors');
  const right = checkFiniteVectors(b, 'the second vectors');
  checkSameWidth(right.width, left.width, 'the second vectors');
  const similarities = new Float32Array(left.rows * right.rows);
  for (let row = 0; row < left.rows; row++) {
    for (let other = 0; other < right.rows; other++) {
      similarities[row * right.rows + other] = dotRows(left, row, right, other);
    }
  }
  return featureVectors(similarities, left.rows, right.rows);
}

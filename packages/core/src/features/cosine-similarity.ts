import {
  checkFiniteVectors,
  checkSameWidth,
  featureVectors,
  type FeatureVectors,
  type VectorsLike,
} from './feature-vectors.js';
import { dotRows, inverseLengths } from './similarity-matrix.js';

/**
 * Cosine of the angle between every vector of `a` and every vector of `b`: dot(x, y) / (|x| |y|).
 *
 * Sums are taken in float64 and rounded to float32 once. A vector of zeros has similarity 0 with
 * everything. Vectors that are L2-normalised already need no division: see `dotSimilarity`.
 *
 * @param a - [N, D], float32 or float16.
 * @param b - [M, D], float32 or float16.
 * @returns [N, M] float32, -1 to 1; its `row(i)` are the similarities of vector i of `a`
 * @throws FeaturetapError `INPUT_INVALID` (no vectors, different widths, NaN or infinity)
 */
export function cosineSimilarity(a: VectorsLike, b: VectorsLike): FeatureVectors {
  const left = checkFiniteVectors(a, 'the first vectors');
  const right = checkFiniteVectors(b, 'the second vectors');
  checkSameWidth(right.width, left.width, 'the second vectors');
  const [byLeft, byRight] = [inverseLengths(left), inverseLengths(right)];
  const similarities = new Float32Array(left.rows * right.rows);
  for (let row = 0; row < left.rows; row++) {
    for (let other = 0; other < right.rows; other++) {
      const cosine = dotRows(left, row, right, other) * byLeft[row]! * byRight[other]!;
      similarities[row * right.rows + other] = Math.min(Math.max(cosine, -1), 1);
    }
  }
  return featureVectors(similarities, left.rows, right.rows);
}

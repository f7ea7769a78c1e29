import { FeaturetapError } from '../spec/errors.js';
import {
  checkVectors,
  featureVectors,
  type FeatureVectors,
  type VectorsLike,
} from './feature-vectors.js';

/**
 * Puts vectors of the same images one after the other: [N, D1], [N, D2], … to [N, D1 + D2 + …].
 *
 * Values are copied as they are, NaN included. Vectors of different fields have different lengths:
 * where these must not weigh, L2-normalise each before and the result again after.
 *
 * @param features - float32 or float16, at least one tensor.
 * @returns float32
 * @throws FeaturetapError `INPUT_INVALID` (nothing given, no vectors, or of another number of images)
 */
export function concatFeatures(features: readonly VectorsLike[]): FeatureVectors {
  const parts = features.map((tensor, i) => checkVectors(tensor, `features ${i}`));
  const rows = parts[0]?.rows;
  if (rows === undefined) {
    throw new FeaturetapError('INPUT_INVALID', 'Expected at least one tensor [N, D], got none.');
  }
  const odd = parts.findIndex((part) => part.rows !== rows);
  if (odd !== -1) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected vectors of the same ${rows} images, got ${parts[odd]!.rows} as features ${odd}. ` +
        'Give fields of one run.',
    );
  }
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const joined = new Float32Array(rows * width);
  let column = 0;
  for (const part of parts) {
    for (let row = 0; row < rows; row++) {
      const values = part.data.subarray(row * part.width, (row + 1) * part.width);
      joined.set(values, row * width + column);
    }
    column += part.width;
  }
  return featureVectors(joined, rows, width);
}

import { z } from 'zod';
import { FeaturetapError } from '../spec/errors.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';
import {
  checkFiniteVectors,
  checkSameWidth,
  type CheckedVectors,
  type VectorsLike,
} from './feature-vectors.js';
import { inverseLengths } from './similarity-matrix.js';

/** Options of {@link NearestScorer.score}. */
export interface NearestScoreOptions {
  /**
   * Which neighbour's distance counts, from 1, at most the number of fitted vectors.
   *
   * @defaultValue 1
   */
  readonly k?: number;
}

/** Vectors that others are compared with, see {@link fitNearest}. */
export interface NearestScorer {
  /** Number of fitted vectors. */
  readonly size: number;
  /** Values of each vector, D. */
  readonly width: number;
  /**
   * Minus the Euclidean distance to the k-th nearest fitted vector, both of length 1.
   *
   * @param pooled - [N, D], float32 or float16.
   * @returns one score for each image, N values from -2 to 0; none for an empty batch
   * @throws FeaturetapError `INPUT_INVALID` (no vectors, another width, NaN or infinity),
   * `OPTION_INVALID`
   */
  score(pooled: VectorsLike, options?: NearestScoreOptions): Float64Array;
}

/**
 * Keeps the pooled vectors of in-distribution images, to score others by their distance to them.
 *
 * Higher means more in-distribution, as with every score here. Vectors are scaled to length 1; a
 * vector of zeros stays. Exact: each image is compared with every fitted vector, in float64.
 * Source: Sun et al., Out-of-Distribution Detection with Deep Nearest Neighbors, 2022,
 * https://arxiv.org/abs/2204.06507, section 3.
 *
 * @param pooledTrain - [M, D] of in-distribution images, M of at least 1, float32 or float16; copied.
 * @throws FeaturetapError `INPUT_INVALID` (no vectors, NaN or infinity)
 */
export function fitNearest(pooledTrain: VectorsLike): NearestScorer {
  const checked = checkFiniteVectors(pooledTrain, 'the vectors to fit');
  const { rows: size, width } = checked;
  if (size === 0) {
    throw new FeaturetapError('INPUT_INVALID', 'Expected at least one vector to fit, got none.');
  }
  const fitted = unitVectors(checked);
  const optionsSchema = strictOptions({ k: z.int().min(1).max(size).default(1) });
  return {
    size,
    width,
    score(pooled, options = {}) {
      const { k } = parseWith(optionsSchema, options, 'options of score');
      const vectors = checkFiniteVectors(pooled, 'the vectors to score');
      checkSameWidth(vectors.width, width, 'the vectors to score');
      const units = unitVectors(vectors);
      return Float64Array.from({ length: vectors.rows }, (_, row) => {
        const unit = units.subarray(row * width, (row + 1) * width);
        const squares = squaredDistances(unit, fitted, size).sort();
        return -Math.sqrt(squares[k - 1]!);
      });
    },
  };
}

function unitVectors(vectors: CheckedVectors): Float64Array {
  const inverse = inverseLengths(vectors);
  return Float64Array.from(vectors.data, (value, i) => {
    return value * inverse[Math.floor(i / vectors.width)]!;
  });
}

/** Not from the dot product, 2 - 2 cos: that leaves few digits for near vectors. */
function squaredDistances(unit: Float64Array, fitted: Float64Array, size: number): Float64Array {
  const width = unit.length;
  const squares = new Float64Array(size);
  for (let other = 0; other < size; other++) {
    let sum = 0;
    for (let d = 0; d < width; d++) sum += (unit[d]! - fitted[other * width + d]!) ** 2;
    squares[other] = sum;
  }
  return squares;
}

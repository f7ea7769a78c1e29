import { z } from 'zod';
import { FeaturetapError } from '../spec/errors.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';
import { checkFiniteVectors, checkSameWidth, type VectorsLike } from './feature-vectors.js';
import { fitGaussians, type Gaussians } from './fit-gaussians.js';

/** Options of {@link fitMahalanobis}. */
export interface MahalanobisOptions {
  /**
   * Part of the covariance that is replaced by an even one of the same trace, 0 to 1. Without it a
   * covariance of fewer images than values has no inverse.
   *
   * @defaultValue 0.1
   */
  readonly shrinkage?: number;
}

const mahalanobisOptionsSchema = strictOptions({
  shrinkage: z.number().min(0).max(1).default(0.1),
});

/** Class means and covariances of in-distribution images, see {@link fitMahalanobis}. */
export interface MahalanobisScorer {
  /** Distinct labels, ascending. */
  readonly classes: readonly number[];
  /** Values of the vectors of each stage. */
  readonly widths: readonly number[];
  /**
   * Minus the squared Mahalanobis distance to the nearest class mean, summed over stages.
   *
   * @param pooledByStage - [N, D] of each stage, in the order of fitting.
   * @returns one score for each image, N values of at most 0; none for an empty batch
   * @throws FeaturetapError `INPUT_INVALID` (other stages or widths than fitted, NaN or infinity)
   */
  score(pooledByStage: readonly VectorsLike[]): Float64Array;
}

/**
 * Fits a Gaussian to every class, with one covariance for all, on the vectors of each stage.
 *
 * The score of a stage is the largest of -(x - m)ᵀ S⁻¹ (x - m) over class means m, where
 * S = (1 - shrinkage) C + shrinkage * trace(C) / D * I, and C is the mean of (x - m)(x - m)ᵀ over
 * all images with the mean m of their own class. Scores of stages are added with equal weights;
 * inputs are not perturbed. Higher means more in-distribution, as with every score here.
 *
 * Source: Lee et al., A Simple Unified Framework for Detecting Out-of-Distribution Samples and
 * Adversarial Attacks, 2018, https://arxiv.org/abs/1807.03888, section 2; the form of the shrinkage
 * is that of scikit-learn's `shrunk_covariance`. Time and memory grow with D³ and D².
 *
 * @param pooledByStage - [M, D] of each stage, float32 or float16, of the same M images; at least
 *   one stage.
 * @param labels - class of each of the M images, any integers.
 * @throws FeaturetapError `INPUT_INVALID` (no stages or images, another number of labels, NaN or
 * infinity, a covariance without inverse), `OPTION_INVALID`
 */
export function fitMahalanobis(
  pooledByStage: readonly VectorsLike[],
  labels: readonly number[],
  options: MahalanobisOptions = {},
): MahalanobisScorer {
  const { shrinkage } = parseWith(mahalanobisOptionsSchema, options, 'options of fitMahalanobis');
  const stages = checkStages(pooledByStage);
  const { rows } = stages[0]!;
  if (rows === 0 || labels.length !== rows || !labels.every(Number.isInteger)) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected one integer label for each of ${rows} images, at least one image, got ` +
        `${labels.length} labels. Give the class of every image that the vectors are of.`,
    );
  }
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  const groups = labels.map((label) => classes.indexOf(label));
  const fitted = stages.map((vectors, i) => {
    const gaussians = fitGaussians(vectors, groups, { classes: classes.length, shrinkage });
    if (gaussians !== null) return gaussians;
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected vectors whose covariance has an inverse, got none for features ${i}, of ${rows} ` +
        `images and ${vectors.width} values. Give more images a class, or a larger shrinkage.`,
    );
  });
  const widths = stages.map(({ width }) => width);
  return {
    classes,
    widths,
    score(features) {
      const checked = checkStages(features, widths);
      return Float64Array.from({ length: checked[0]!.rows }, (_, row) =>
        fitted.reduce((sum, gaussians, i) => {
          const { width, data } = checked[i]!;
          return sum - nearest(gaussians, data.subarray(row * width, (row + 1) * width));
        }, 0),
      );
    },
  };
}

/** Squared distance to the nearest mean. */
function nearest(gaussians: Gaussians, vector: Float32Array): number {
  const point = gaussians.whiten(vector);
  const distances = gaussians.means.map((mean) =>
    mean.reduce((sum, value, d) => sum + (point[d]! - value) ** 2, 0),
  );
  return distances.reduce((a, b) => Math.min(a, b));
}

function checkStages(features: readonly VectorsLike[], widths?: readonly number[]) {
  const stages = features.map((tensor, i) => checkFiniteVectors(tensor, `features ${i}`));
  const count = widths?.length ?? Math.max(stages.length, 1);
  if (stages.length !== count) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected vectors [N, D] of ${widths === undefined ? 'at least one stage' : `${count} stages`}, ` +
        `got ${stages.length}.`,
    );
  }
  stages.forEach(({ rows, width }, i) => {
    if (widths !== undefined) checkSameWidth(width, widths[i]!, `features ${i}`);
    if (rows === stages[0]!.rows) return;
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected vectors of the same ${stages[0]!.rows} images, got ${rows} as features ${i}. ` +
        'Give stages of one run.',
    );
  });
  return stages;
}

import { cholesky, solveLower } from './cholesky.js';
import type { CheckedVectors } from './feature-vectors.js';

/** Gaussians with one covariance, in coordinates in which that is the identity. */
export interface Gaussians {
  /** Mean of each class, whitened. */
  readonly means: readonly Float64Array[];
  /** Takes a vector to these coordinates: Euclidean distances there are Mahalanobis distances. */
  whiten(vector: ArrayLike<number>): Float64Array;
}

/**
 * Fits class means and their tied, shrunk covariance, in float64; null when that has no inverse.
 *
 * @param groups - class of each vector, 0 to `classes` - 1; every class occurs.
 */
export function fitGaussians(
  { rows, width, data }: CheckedVectors,
  groups: readonly number[],
  { classes, shrinkage }: { readonly classes: number; readonly shrinkage: number },
): Gaussians | null {
  const counts = new Uint32Array(classes);
  const means = Array.from({ length: classes }, () => new Float64Array(width));
  groups.forEach((group, row) => {
    counts[group]!++;
    for (let d = 0; d < width; d++) means[group]![d]! += data[row * width + d]!;
  });
  means.forEach((mean, group) => {
    for (let d = 0; d < width; d++) mean[d]! /= counts[group]!;
  });

  // Only the lower triangle, which is all that the decomposition reads.
  const covariance = new Float64Array(width * width);
  groups.forEach((group, row) => {
    const mean = means[group]!;
    const rest = mean.map((value, d) => data[row * width + d]! - value);
    for (let i = 0; i < width; i++) {
      const factor = rest[i]! / rows;
      for (let j = 0; j <= i; j++) covariance[i * width + j]! += factor * rest[j]!;
    }
  });
  shrink(covariance, width, shrinkage);
  const lower = cholesky(covariance, width);
  if (lower === null) return null;
  return {
    means: means.map((mean) => solveLower(lower, mean)),
    whiten: (vector) => solveLower(lower, vector),
  };
}

function shrink(covariance: Float64Array, width: number, shrinkage: number): void {
  let trace = 0;
  for (let i = 0; i < width; i++) trace += covariance[i * width + i]!;
  for (let i = 0; i < covariance.length; i++) covariance[i]! *= 1 - shrinkage;
  for (let i = 0; i < width; i++) covariance[i * width + i]! += (shrinkage * trace) / width;
}

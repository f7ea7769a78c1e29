import { type CheckedVectors } from './feature-vectors.js';

/** Dot product of a row of `a` and a row of `b`, in float64; the widths are equal. */
export function dotRows(a: CheckedVectors, row: number, b: CheckedVectors, other: number): number {
  const { width } = a;
  const [x, y] = [a.data, b.data];
  const [left, right] = [row * width, other * width];
  // Two sums that do not wait for each other: half the time, and the same order in every run.
  let [even, odd] = [0, 0];
  let d = 0;
  for (; d + 1 < width; d += 2) {
    even += x[left + d]! * y[right + d]!;
    odd += x[left + d + 1]! * y[right + d + 1]!;
  }
  if (d < width) even += x[left + d]! * y[right + d]!;
  return even + odd;
}

/**
 * One divided by the Euclidean length of each vector, in float64; 0 for a vector of zeros, whose
 * direction is undefined: its cosine with anything is then 0.
 */
export function inverseLengths(vectors: CheckedVectors): Float64Array {
  return Float64Array.from({ length: vectors.rows }, (_, row) => {
    const square = dotRows(vectors, row, vectors, row);
    return square === 0 ? 0 : 1 / Math.sqrt(square);
  });
}

/**
 * The lower triangle L with L Lᵀ = A of a symmetric matrix; null when A is not positive definite.
 *
 * Source: Golub and Van Loan, Matrix Computations, 4th edition, section 4.2.
 *
 * @param matrix - n * n values, row-major; only its lower triangle is read.
 */
export function cholesky(matrix: Float64Array, n: number): Float64Array | null {
  const lower = new Float64Array(n * n);
  // A pivot that is smaller than this part of its diagonal element is what rounding left.
  const tolerance = n * Number.EPSILON;
  for (let i = 0; i < n; i++) {
    const row = lower.subarray(i * n, i * n + n);
    for (let j = 0; j <= i; j++) {
      const other = lower.subarray(j * n, j * n + n);
      let rest = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) rest -= row[k]! * other[k]!;
      if (j < i) row[j] = rest / other[j]!;
      else if (rest > tolerance * matrix[i * n + i]!) row[i] = Math.sqrt(rest);
      else return null;
    }
  }
  return lower;
}

/** Solves L y = b for a lower triangle of n * n values. */
export function solveLower(lower: Float64Array, b: ArrayLike<number>): Float64Array {
  const n = b.length;
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = lower.subarray(i * n, i * n + n);
    let rest = b[i]!;
    for (let k = 0; k < i; k++) rest -= row[k]! * y[k]!;
    y[i] = rest / row[i]!;
  }
  return y;
}

import { jacobiEigen, type Eigen } from './jacobi-eigen.js';

/** Up to this size all eigenvectors are found at once. */
const SMALL = 24;

/** Vectors iterated beside those wanted: the more, the faster the wanted ones converge. */
const EXTRA = 8;

/** Largest |Av - λv| of a wanted vector, relative to the largest eigenvalue. */
const TOLERANCE = 1e-11;

/** Only a spectrum without any gap needs more; its leading vectors are arbitrary anyway. */
const MAX_ITERATIONS = 300;

/**
 * The largest eigenvalues of a symmetric matrix without negative ones, and their eigenvectors.
 *
 * Subspace iteration with a Rayleigh-Ritz step, from a fixed start: every run gives the same result.
 * Source: Saad, Numerical Methods for Large Eigenvalue Problems, 2nd edition, algorithm 5.3.
 *
 * @param matrix - n * n values, row-major.
 * @param count - how many; all n of them when there are fewer.
 */
export function topEigen(matrix: Float64Array, n: number, count: number): Eigen {
  if (n <= Math.max(SMALL, count + EXTRA)) {
    const { values, vectors } = jacobiEigen(matrix, n);
    return { values: values.slice(0, count), vectors: vectors.slice(0, count) };
  }
  let basis = orthonormal(startVectors(n, count + EXTRA));
  for (let iteration = 0; ; iteration++) {
    const images = basis.map((vector) => multiply(matrix, vector));
    const small = Float64Array.from({ length: basis.length ** 2 }, (_, i) =>
      dot(basis[Math.floor(i / basis.length)]!, images[i % basis.length]!),
    );
    const { values, vectors } = jacobiEigen(small, basis.length);
    const ritz = vectors.map((weights) => combine(basis, weights));
    const next = vectors.map((weights) => combine(images, weights));
    const isDone = ritz
      .slice(0, count)
      .every((vector, i) => residual(next[i]!, vector, values[i]!) <= TOLERANCE * values[0]!);
    if (isDone || iteration === MAX_ITERATIONS) {
      return { values: values.slice(0, count), vectors: ritz.slice(0, count) };
    }
    basis = orthonormal(next);
  }
}

/** Numbers without a pattern from a fixed seed; the constants are those of Numerical Recipes. */
function startVectors(n: number, count: number): Float64Array[] {
  let state = 1;
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: n }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 31 - 1;
    }),
  );
}

/** Gram-Schmidt, each vector twice; what depends on earlier vectors becomes a vector of zeros. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    const length = Math.sqrt(dot(rest, rest));
    for (const earlier of [...done, ...done]) {
      const part = dot(earlier, rest);
      for (let i = 0; i < rest.length; i++) rest[i]! -= part * earlier[i]!;
    }
    const left = Math.sqrt(dot(rest, rest));
    const scale = left > 1e-12 * length ? 1 / left : 0;
    done.push(rest.map((value) => value * scale));
  }
  return done;
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return Float64Array.from({ length: n }, (_, i) => dot(matrix.subarray(i * n, i * n + n), vector));
}

function combine(vectors: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(vectors[0]!.length);
  vectors.forEach((vector, k) => {
    for (let i = 0; i < sum.length; i++) sum[i]! += weights[k]! * vector[i]!;
  });
  return sum;
}

function residual(image: Float64Array, vector: Float64Array, value: number): number {
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += (image[i]! - value * vector[i]!) ** 2;
  return Math.sqrt(sum);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

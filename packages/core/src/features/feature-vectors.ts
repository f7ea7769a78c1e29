import { FeaturetapError } from '../spec/errors.js';
import { featureTensor, type FeatureTensor } from '../record/feature-tensor.js';
import { checkTensor, formatShape, type Tensor } from '../tensor/tensor.js';
import { toFloat32 } from '../tensor/to-float32.js';

/** The specification of {@link FeatureVectors}. */
export interface VectorsSpec {
  /** Element type. */
  readonly dtype: 'float32';
  /** [N, D] */
  readonly shape: readonly [number, number];
  /** A vector for each image. */
  readonly layout: 'NC';
}

/** One float32 vector for each image, [N, D]; `row(i)` is a view of one. */
export type FeatureVectors = FeatureTensor<VectorsSpec>;

/** What a function takes where it takes vectors: any float32 or float16 tensor [N, D]. */
export type VectorsLike = Pick<Tensor, 'dtype' | 'shape' | 'data'>;

/** Vectors after their check. */
export interface CheckedVectors {
  /** Number of vectors, N; may be 0. */
  readonly rows: number;
  /** Values of each, D; at least 1. */
  readonly width: number;
  /** N * D values, row-major. */
  readonly data: Float32Array;
}

/** Gives N * D values the form of a record's tensor; nothing is copied. */
export function featureVectors(data: Float32Array, rows: number, width: number): FeatureVectors {
  const shape = [rows, width] as const;
  // featureTensor's own type is the widest; these four fields are exactly the narrow one.
  return featureTensor({ dtype: 'float32', shape, layout: 'NC', data }) as FeatureVectors;
}

/**
 * Checks a tensor [N, D] with D of at least 1; the elements are not looked at.
 *
 * @param what - the argument, for the message, such as `the query`.
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function checkVectors(tensor: VectorsLike, what: string): CheckedVectors {
  checkTensor(tensor, what);
  const [rows = 0, width = 0] = tensor.shape;
  if (tensor.shape.length !== 2 || width === 0) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected vectors [N, D] as ${what}, got ${formatShape(tensor.shape)}. ` +
        'Give pooled or logits; poolStage and classToken make vectors of maps and tokens.',
    );
  }
  return { rows, width, data: toFloat32(tensor) };
}

/**
 * As {@link checkVectors}, and every element must be a finite number.
 *
 * Orders, distances and covariances mean nothing with a NaN among them, and would hide it.
 *
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function checkFiniteVectors(tensor: VectorsLike, what: string): CheckedVectors {
  const vectors = checkVectors(tensor, what);
  const { data, width } = vectors;
  // A loop: findIndex takes four times as long, and galleries are large.
  for (let at = 0; at < data.length; at++) {
    if (Number.isFinite(data[at]!)) continue;
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected finite numbers in ${what}, got ${data[at]!} in row ${Math.floor(at / width)}. ` +
        'Check the input of the run; float16 models overflow above 65504.',
    );
  }
  return vectors;
}

/**
 * Checks that two sets of vectors have the same width.
 *
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function checkSameWidth(width: number, expected: number, what: string): void {
  if (width === expected) return;
  throw new FeaturetapError(
    'INPUT_INVALID',
    `Expected vectors of ${expected} values as ${what}, got ${width}. ` +
      'Compare features of one model and one field only.',
  );
}

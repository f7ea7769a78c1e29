import type { ResampleFilter } from './resample-filter.js';

/** Fractional bits of a weight: 32 less the 8 of a pixel and 2 for overshoot, as in Pillow. */
export const WEIGHT_BITS = 22;

/** One axis of a resize, and the part of the resized axis that is wanted. */
export interface ResizeAxis {
  /** Length of the source axis, pixels. */
  readonly from: number;
  /** Length of the whole resized axis, pixels. */
  readonly to: number;
  /** First resized pixel that is wanted. */
  readonly first: number;
  /** How many resized pixels are wanted. */
  readonly count: number;
}

/** For each wanted output pixel, the source pixels it is made of and their weights. */
export interface ResampleWeights {
  /** First source pixel, per output pixel. */
  readonly starts: Int32Array;
  /** Number of source pixels, per output pixel. */
  readonly lengths: Int32Array;
  /** Fixed-point weights of {@link WEIGHT_BITS} fractional bits, `stride` per output pixel. */
  readonly weights: Int32Array;
  /** Distance between the weights of two neighbouring output pixels. */
  readonly stride: number;
}

/**
 * Computes the weights of the wanted output pixels of one axis.
 *
 * Each output pixel depends on its own window only, so those outside the crop are never computed:
 * memory follows the crop and not the resized image. Source: Pillow 13.0, `Resample.c`,
 * `precompute_coeffs` and `normalize_coeffs_8bpc`.
 */
export function computeResampleWeights(axis: ResizeAxis, filter: ResampleFilter): ResampleWeights {
  const { from, to, first, count } = axis;
  const scale = from / to;
  // Enlarging keeps the kernel as it is; shrinking stretches it, which is the antialiasing.
  const filterScale = Math.max(scale, 1);
  const inverseFilterScale = 1 / filterScale;
  const support = filter.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const lengths = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const window = new Float64Array(stride);

  for (let i = 0; i < count; i++) {
    const center = (first + i + 0.5) * scale;
    const start = Math.max(Math.trunc(center - support + 0.5), 0);
    const length = Math.min(Math.trunc(center + support + 0.5), from) - start;
    let sum = 0;
    for (let k = 0; k < length; k++) {
      const weight = filter.weight((k + start - center + 0.5) * inverseFilterScale);
      window[k] = weight;
      sum += weight;
    }
    starts[i] = start;
    lengths[i] = length;
    // Windows that the border cuts off are normalised again, so that their weights sum to 1.
    for (let k = 0; k < length; k++) {
      weights[i * stride + k] = toFixedPoint(sum === 0 ? window[k]! : window[k]! / sum);
    }
  }
  return { starts, lengths, weights, stride };
}

/** The source pixels that the wanted output pixels are made of. */
export function sourceRange({ starts, lengths }: ResampleWeights): {
  /** First of them. */
  readonly first: number;
  /** How many they are. */
  readonly count: number;
} {
  const first = starts[0]!;
  const last = starts.length - 1;
  return { first, count: starts[last]! + lengths[last]! - first };
}

/** Rounds half away from zero, as a cast to int after adding or subtracting a half does. */
function toFixedPoint(weight: number): number {
  const scaled = weight * (1 << WEIGHT_BITS);
  return Math.trunc(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import { RESAMPLE_FILTERS } from './resample-filter.js';
import { computeResampleWeights, sourceRange, type ResizeAxis } from './resample-weights.js';

/** Neighbouring columns of an image. */
export interface ImagePart {
  /** First of them, counted from the left of the image. */
  readonly left: number;
  /** How many they are, pixels. */
  readonly width: number;
}

/**
 * Finds the columns of an image that a resize and crop reads.
 *
 * @param x - along the width.
 */
export function planPart(
  x: ResizeAxis,
  interpolation: Exclude<PreprocessSpec['interpolation'], 'nearest'>,
): ImagePart {
  if (x.from === x.to) return { left: x.first, width: x.count };
  const filter = RESAMPLE_FILTERS[interpolation];
  // Windows begin and end in order, so the first and the last tell.
  const rangeOf = (first: number): ReturnType<typeof sourceRange> =>
    sourceRange(computeResampleWeights({ ...x, first, count: 1 }, filter));
  const left = rangeOf(x.first).first;
  const last = rangeOf(x.first + x.count - 1);
  return { left, width: last.first + last.count - left };
}

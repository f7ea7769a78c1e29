import type { RgbImage } from '../image/rgb-image.js';
import type { ImagePart } from './image-part.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import { RESAMPLE_FILTERS } from './resample-filter.js';
import { choosePasses } from './resample-kernel.js';
import { resampleNearest } from './resample-nearest.js';
import {
  computeResampleWeights,
  sourceRange,
  type ResampleWeights,
  type ResizeAxis,
} from './resample-weights.js';

/**
 * Resizes an image as Pillow 13's `Image.resize` does, bit for bit, and keeps only the wanted part.
 *
 * Two passes with 8 bits between them; an axis that keeps its length is copied. The pixels between
 * the passes span the crop along one axis and its source along the other: 6 MB for a photo of 50
 * megapixels, and little for extreme shapes too, because the axis that loses more goes first.
 * Source: Pillow 13.0, `src/libImaging/Resample.c`, `ImagingResampleInner`.
 *
 * @param part - the columns that `image` holds where it lacks some; see planPart.
 */
export function resample(
  image: RgbImage,
  x: ResizeAxis,
  y: ResizeAxis,
  interpolation: PreprocessSpec['interpolation'],
  part: ImagePart = { left: 0, width: image.width },
): RgbImage {
  if (x.from === x.to && y.from === y.to) return cropRows(image, x, y, part);
  if (interpolation === 'nearest') return resampleNearest(image, x, y);
  const filter = RESAMPLE_FILTERS[interpolation];
  const horizontal = x.from === x.to ? null : computeResampleWeights(x, filter);
  const vertical = y.from === y.to ? null : computeResampleWeights(y, filter);
  const data = runPasses(image, x, y, horizontal, vertical, part);
  return { width: x.count, height: y.count, data };
}

/** Runs one pass, or both in Pillow's order; a pass without weights is left out. */
function runPasses(
  image: RgbImage,
  x: ResizeAxis,
  y: ResizeAxis,
  horizontal: ResampleWeights | null,
  vertical: ResampleWeights | null,
  { left }: ImagePart,
): Uint8Array {
  const { data } = image;
  const { resampleRows, resampleColumns } = choosePasses();
  const rowBytes = image.width * 3;
  // Where the first pixel of the whole image would stand.
  const origin = -left * 3;
  if (vertical === null) {
    const source = { data, rowBytes, offset: origin + y.first * rowBytes };
    return resampleRows(source, y.count, horizontal!);
  }
  if (horizontal === null) {
    return resampleColumns({ data, rowBytes, offset: origin + x.first * 3 }, x.count, vertical);
  }
  if (isColumnsFirst(x, y)) {
    const { first, count } = sourceRange(horizontal);
    const wanted = { data, rowBytes, offset: origin + first * 3 };
    const columns = resampleColumns(wanted, count, vertical);
    // The weights count columns from the left of the image, the new ones start at `first`.
    const source = { data: columns, rowBytes: count * 3, offset: -first * 3 };
    return resampleRows(source, y.count, horizontal);
  }
  const { first, count } = sourceRange(vertical);
  const wanted = { data, rowBytes, offset: origin + first * rowBytes };
  const rows = resampleRows(wanted, count, horizontal);
  const source = { data: rows, rowBytes: x.count * 3, offset: -first * x.count * 3 };
  return resampleColumns(source, x.count, vertical);
}

/**
 * Whether Pillow makes the vertical pass first: when the height loses more than twice the pixels
 * that the width loses.
 *
 * Since Pillow 13 (pull request 9549); Pillow 3 to 12 always went along the rows first, which
 * changes a few values by a little on images taller than twice their width.
 */
function isColumnsFirst(x: ResizeAxis, y: ResizeAxis): boolean {
  return y.to < y.from && y.from - y.to > 2 * (x.from - x.to);
}

function cropRows(image: RgbImage, x: ResizeAxis, y: ResizeAxis, { left }: ImagePart): RgbImage {
  const data = new Uint8Array(x.count * y.count * 3);
  for (let row = 0; row < y.count; row++) {
    const start = ((y.first + row) * image.width + x.first - left) * 3;
    data.set(image.data.subarray(start, start + x.count * 3), row * x.count * 3);
  }
  return { width: x.count, height: y.count, data };
}

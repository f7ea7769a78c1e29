import { WEIGHT_BITS, type ResampleWeights } from './resample-weights.js';

/** A half in fixed point; accumulators start here so that the final shift rounds. */
const HALF = 1 << (WEIGHT_BITS - 1);

/** Rows of 8-bit RGB pixels, as a view into a larger image. */
export interface Rows {
  /** HWC, RGB, 8 bits. */
  readonly data: Uint8Array;
  /** Bytes from one row to the next. */
  readonly rowBytes: number;
  /** Bytes before the first pixel of the first row. */
  readonly offset: number;
}

/** The two passes of a resize; every implementation makes the same bytes. */
export interface ResamplePasses {
  /**
   * Weighs pixels along each row: `rowCount` rows in, as many rows of `axis.starts.length` pixels
   * out.
   */
  readonly resampleRows: (source: Rows, rowCount: number, axis: ResampleWeights) => Uint8Array;
  /**
   * Weighs pixels down each column: rows of `columnCount` pixels in, `axis.starts.length` rows out.
   *
   * `axis.starts` counts source rows from the first row of `source`.
   */
  readonly resampleColumns: (
    source: Rows,
    columnCount: number,
    axis: ResampleWeights,
  ) => Uint8Array;
}

/** The passes in plain JavaScript. */
export const scalarPasses: ResamplePasses = { resampleRows, resampleColumns };

/**
 * The sums stay inside int32, as in Pillow: the absolute weights of the widest kernel (Lanczos, cut
 * off at a border) sum to less than 2, and 2 * 255 * 2^22 < 2^31.
 */
function resampleRows(source: Rows, rowCount: number, axis: ResampleWeights): Uint8Array {
  const { starts, lengths, weights, stride } = axis;
  const { data } = source;
  const count = starts.length;
  const out = new Uint8Array(rowCount * count * 3);
  let target = 0;
  for (let y = 0; y < rowCount; y++) {
    const row = source.offset + y * source.rowBytes;
    for (let x = 0; x < count; x++) {
      let at = row + starts[x]! * 3;
      let w = x * stride;
      const end = w + lengths[x]!;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (; w < end; w++, at += 3) {
        const weight = weights[w]!;
        red = (red + Math.imul(data[at]!, weight)) | 0;
        green = (green + Math.imul(data[at + 1]!, weight)) | 0;
        blue = (blue + Math.imul(data[at + 2]!, weight)) | 0;
      }
      out[target] = toByte(red);
      out[target + 1] = toByte(green);
      out[target + 2] = toByte(blue);
      target += 3;
    }
  }
  return out;
}

function resampleColumns(source: Rows, columnCount: number, axis: ResampleWeights): Uint8Array {
  const { starts, lengths, weights, stride } = axis;
  const { data, rowBytes } = source;
  const count = starts.length;
  const width = columnCount * 3;
  const out = new Uint8Array(count * width);
  // One accumulator per byte of the row: source rows are then read in order, once per window.
  const sums = new Int32Array(width);
  for (let y = 0; y < count; y++) {
    sums.fill(HALF);
    let row = source.offset + starts[y]! * rowBytes;
    for (let k = 0; k < lengths[y]!; k++, row += rowBytes) {
      const weight = weights[y * stride + k]!;
      if (weight === 0) continue;
      for (let i = 0; i < width; i++) {
        sums[i] = (sums[i]! + Math.imul(data[row + i]!, weight)) | 0;
      }
    }
    const target = y * width;
    for (let i = 0; i < width; i++) out[target + i] = toByte(sums[i]!);
  }
  return out;
}

/** Drops the fraction and clips to a byte; negative lobes overshoot at sharp edges. */
function toByte(sum: number): number {
  const value = sum >> WEIGHT_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

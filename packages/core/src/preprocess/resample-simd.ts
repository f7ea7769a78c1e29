import type { ResamplePasses, Rows } from './resample-passes.js';
import { sourceRange, type ResampleWeights } from './resample-weights.js';
import type { SimdKernel } from './simd-kernel.js';

/** Taps that the row pass weighs at once; windows are filled up with weights of 0. */
const ROW_TAPS = 8;

/** Where resample.wat splits a weight: the upper part fits int16, the lower one is not negative. */
const LOW_BITS = 12;
const LOW_MASK = 2 ** LOW_BITS - 1;

/** Bytes of rows that are in the kernel's memory at a time, where a cache can hold them. */
const BATCH_BYTES = 2 ** 20;

/**
 * Makes the passes that run in WebAssembly.
 *
 * The image stays where it is: one row, or the rows of a few windows, is copied into the kernel's
 * memory at a time.
 *
 * @param openKernel - gives a kernel whose memory has at least so many bytes, or null when that is
 * impossible or too much; `otherwise` runs then.
 */
export function createSimdPasses(
  openKernel: (bytes: number) => SimdKernel | null,
  otherwise: ResamplePasses,
): ResamplePasses {
  return {
    resampleRows(source, rowCount, axis) {
      const plan = planRows(rowCount, axis);
      const kernel = openKernel(plan.bytes);
      if (kernel === null) return otherwise.resampleRows(source, rowCount, axis);
      return weighRows(kernel, plan, source, rowCount, axis);
    },
    resampleColumns(source, columnCount, axis) {
      const plan = planColumns(columnCount, axis);
      const kernel = openKernel(plan.bytes);
      if (kernel === null) return otherwise.resampleColumns(source, columnCount, axis);
      return weighColumns(kernel, plan, source, columnCount, axis);
    },
  };
}

/** Where things stand in the kernel's memory during the row pass, in bytes; the windows at 0. */
interface RowPlan {
  readonly weights: number;
  readonly row: number;
  readonly planes: number;
  readonly planeBytes: number;
  readonly out: number;
  /** Rows whose results are copied out together. */
  readonly batch: number;
  /** All of it. */
  readonly bytes: number;
}

function planRows(rowCount: number, axis: ResampleWeights): RowPlan {
  const { lengths } = axis;
  let groups = 0;
  for (const length of lengths) groups += groupsOf(length);
  const weights = alignUp(lengths.length * 8, 16);
  const row = weights + groups * ROW_TAPS * 4;
  // The last group of the last window may begin at the last pixel.
  const planeBytes = alignUp(sourceRange(axis).count + ROW_TAPS - 1, 16);
  const planes = row + planeBytes * 3;
  const out = planes + planeBytes * 3;
  const rowBytes = lengths.length * 3;
  const batch = Math.min(Math.max(1, Math.floor(BATCH_BYTES / rowBytes)), rowCount);
  return { weights, row, planes, planeBytes, out, batch, bytes: out + batch * rowBytes + 1 };
}

function weighRows(
  kernel: SimdKernel,
  plan: RowPlan,
  source: Rows,
  rowCount: number,
  axis: ResampleWeights,
): Uint8Array {
  const { buffer } = kernel.memory;
  const memory = new Uint8Array(buffer);
  writeRowWeights(buffer, plan, axis);
  const { first, count } = sourceRange(axis);
  const windowsEnd = axis.starts.length * 8;
  const outBytes = axis.starts.length * 3;
  const out = new Uint8Array(rowCount * outBytes);
  for (let batch = 0; batch < rowCount; batch += plan.batch) {
    const end = Math.min(batch + plan.batch, rowCount);
    for (let y = batch; y < end; y++) {
      const at = source.offset + y * source.rowBytes + first * 3;
      memory.set(source.data.subarray(at, at + count * 3), plan.row);
      const target = plan.out + (y - batch) * outBytes;
      kernel.weighRow(plan.row, plan.planes, plan.planeBytes, 0, windowsEnd, plan.weights, target);
    }
    const results = memory.subarray(plan.out, plan.out + (end - batch) * outBytes);
    out.set(results, batch * outBytes);
  }
  return out;
}

function writeRowWeights(buffer: ArrayBuffer, plan: RowPlan, axis: ResampleWeights): void {
  const { starts, lengths, weights, stride } = axis;
  const windows = new Int32Array(buffer, 0, starts.length * 2);
  const halves = new Int16Array(buffer, plan.weights, (plan.row - plan.weights) / 2).fill(0);
  let group = 0;
  for (let i = 0; i < starts.length; i++) {
    const length = lengths[i]!;
    windows[i * 2] = starts[i]! - starts[0]!;
    windows[i * 2 + 1] = groupsOf(length);
    for (let k = 0; k < length; k++) {
      const weight = weights[i * stride + k]!;
      const at = group + Math.floor(k / ROW_TAPS) * ROW_TAPS * 2 + (k % ROW_TAPS);
      halves[at] = weight >> LOW_BITS;
      halves[at + ROW_TAPS] = weight & LOW_MASK;
    }
    group += groupsOf(length) * ROW_TAPS * 2;
  }
}

/** Groups of taps of a window; the kernel's loops run once at least. */
function groupsOf(length: number): number {
  return Math.max(1, Math.ceil(length / ROW_TAPS));
}

/** As {@link RowPlan}, for the column pass; the weights of one window stand at 0. */
interface ColumnPlan {
  readonly out: number;
  readonly rows: number;
  /** Bytes from one source row to the next. */
  readonly pitch: number;
  /** Bytes of a row that are weighed at a time; wide rows with long windows are cut into strips. */
  readonly strip: number;
  /** Source rows in memory at a time, one window at least. */
  readonly batch: number;
  /** All of it. */
  readonly bytes: number;
}

function planColumns(columnCount: number, axis: ResampleWeights): ColumnPlan {
  let longest = 1;
  for (const length of axis.lengths) longest = Math.max(longest, length);
  // Windows overlap, and what is in memory for one of them serves the next: room for four.
  const widest = Math.max(16, Math.floor(BATCH_BYTES / (4 * longest * 16)) * 16);
  const strip = Math.min(columnCount * 3, widest);
  // An odd multiple of 16: the rows of a window must not all fall into the same lines of a cache.
  const pitch = alignUp(strip, 16) | 16;
  const { count } = sourceRange(axis);
  const batch = Math.max(longest, Math.min(count, Math.floor(BATCH_BYTES / pitch)));
  const out = alignUp(evenLength(longest) * 4, 16);
  const rows = out + pitch;
  // The last window may be filled up with a row.
  return { out, rows, pitch, strip, batch, bytes: rows + (batch + 1) * pitch };
}

function weighColumns(
  kernel: SimdKernel,
  plan: ColumnPlan,
  source: Rows,
  columnCount: number,
  axis: ResampleWeights,
): Uint8Array {
  const { starts, lengths } = axis;
  const range = sourceRange(axis);
  const lastEnd = range.first + range.count;
  const width = columnCount * 3;
  const out = new Uint8Array(starts.length * width);
  const memory = new Uint8Array(kernel.memory.buffer);
  const weights = new Int16Array(kernel.memory.buffer, 0, plan.out / 2);
  for (let left = 0; left < width; left += plan.strip) {
    const bytes = Math.min(plan.strip, width - left);
    // Source rows [first, end) are in memory.
    let first = 0;
    let end = 0;
    for (let y = 0; y < starts.length; y++) {
      const windowEnd = starts[y]! + lengths[y]!;
      if (windowEnd > end) {
        first = starts[y]!;
        end = Math.min(first + plan.batch, lastEnd);
        for (let row = first; row < end; row++) {
          const at = source.offset + row * source.rowBytes + left;
          memory.set(source.data.subarray(at, at + bytes), plan.rows + (row - first) * plan.pitch);
        }
      }
      const rows = plan.rows + (starts[y]! - first) * plan.pitch;
      const weightsEnd = writeColumnWeights(weights, axis, y);
      kernel.weighColumns(rows, plan.pitch, alignUp(bytes, 16), 0, weightsEnd, plan.out);
      out.set(memory.subarray(plan.out, plan.out + bytes), y * width + left);
    }
  }
  return out;
}

/** Writes the weights of one window, two rows together, and says where they end. */
function writeColumnWeights(target: Int16Array, axis: ResampleWeights, y: number): number {
  const { lengths, weights, stride } = axis;
  const length = lengths[y]!;
  const even = evenLength(length);
  for (let k = 0; k < even; k++) {
    const weight = k < length ? weights[y * stride + k]! : 0;
    const at = (k >> 1) * 4 + (k & 1);
    target[at] = weight >> LOW_BITS;
    target[at + 2] = weight & LOW_MASK;
  }
  return even * 4;
}

/** Taps of a window when it is filled up; the kernel's loops run once at least. */
function evenLength(length: number): number {
  return Math.max(2, alignUp(length, 2));
}

function alignUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

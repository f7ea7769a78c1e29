import { toFloat32, type Tensor } from '@featuretap/core';

/** What a comparison found. */
export interface Comparison {
  /** Name of the tensor. */
  readonly name: string;
  /** Whether it is as it must be. */
  readonly ok: boolean;
  /** Largest difference over the reference's largest value; Infinity where there is no number. */
  readonly error: number;
  /** What differs and where, or a confirmation. */
  readonly detail: string;
}

interface Difference {
  /** Largest difference over the reference's largest value. */
  readonly error: number;
  /** Where it is. */
  readonly at: string;
  /** First value that is no finite number, and where. */
  readonly notFinite: string | null;
}

function failed(name: string, detail: string): Comparison {
  return { name, ok: false, error: Infinity, detail };
}

function numbers(tensor: Tensor): ArrayLike<number | bigint> {
  return tensor.dtype === 'float16' ? toFloat32(tensor) : tensor.data;
}

/** Position of an element as an index for each axis, such as `[0, 3, 7, 7]`. */
function position(element: number, shape: readonly number[]): string {
  const index: number[] = [];
  let rest = element;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${index.join(', ')}]`;
}

function largestDifference(ours: Tensor, theirs: Tensor): Difference {
  const [a, b] = [numbers(ours), numbers(theirs)];
  let scale = 0;
  let largest = 0;
  let at = 0;
  for (let i = 0; i < b.length; i++) {
    const [value, expected] = [Number(a[i]), Number(b[i])];
    const difference = Math.abs(value - expected);
    // NaN compares false with everything, so it would vanish in the maximum.
    if (!Number.isFinite(difference)) {
      const where = position(i, theirs.shape);
      return { error: Infinity, at: where, notFinite: `${value} against ${expected} at ${where}` };
    }
    scale = Math.max(scale, Math.abs(expected));
    if (difference > largest) {
      largest = difference;
      at = i;
    }
  }
  const error = largest === 0 ? 0 : largest / scale;
  return { error, at: position(at, theirs.shape), notFinite: null };
}

function shapesDiffer(ours: Tensor, theirs: Tensor): string | null {
  if (ours.shape.join() === theirs.shape.join()) return null;
  return `shape [${ours.shape.join(', ')}], expected [${theirs.shape.join(', ')}]`;
}

/** Compares two tensors bit by bit. */
export function compareBits(name: string, ours: Tensor | undefined, theirs: Tensor): Comparison {
  if (ours === undefined) return failed(name, 'missing');
  if (ours.dtype !== theirs.dtype) return failed(name, `${ours.dtype}, expected ${theirs.dtype}`);
  const shapes = shapesDiffer(ours, theirs);
  if (shapes !== null) return failed(name, shapes);
  const bytes = ({ data }: Tensor): Buffer =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes(ours).equals(bytes(theirs))) return { name, ok: true, error: 0, detail: 'bit-equal' };
  const { error, at, notFinite } = largestDifference(ours, theirs);
  return { name, ok: false, error, detail: `bits differ, ${notFinite ?? `most at ${at}`}` };
}

/**
 * Compares a tensor with a reference, relative to the reference's largest value.
 *
 * A value that is no finite number fails on either side: nothing can be near it.
 */
export function compareNear(
  name: string,
  ours: Tensor | undefined,
  reference: Tensor,
  tolerance: number,
): Comparison {
  if (ours === undefined) return failed(name, 'the file has no such field');
  const shapes = shapesDiffer(ours, reference);
  if (shapes !== null) return failed(name, shapes);
  const { error, at, notFinite } = largestDifference(ours, reference);
  const detail = notFinite ?? `largest at ${at}`;
  return { name, ok: error <= tolerance, error, detail };
}

import type { Tensor } from '@featuretap/core';

/** What a comparison found. */
export interface Comparison {
  /** Name of the tensor. */
  readonly name: string;
  /** Whether it is as it must be. */
  readonly ok: boolean;
  /** Largest difference over the reference's largest value; 0 where bits are compared. */
  readonly error: number;
  /** What differs, or a confirmation. */
  readonly detail: string;
}

/** Compares two tensors bit by bit. */
export function compareBits(name: string, ours: Tensor | undefined, theirs: Tensor): Comparison {
  if (ours === undefined) return { name, ok: false, error: Infinity, detail: 'missing' };
  const bytes = ({ data }: Tensor): Buffer =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const sameShape = ours.shape.join() === theirs.shape.join() && ours.dtype === theirs.dtype;
  const ok = sameShape && bytes(ours).equals(bytes(theirs));
  return { name, ok, error: 0, detail: ok ? 'bit-equal' : 'bits differ' };
}

/** Compares a tensor with a reference, relative to the reference's largest value. */
export function compareNear(
  name: string,
  ours: Tensor | undefined,
  reference: Tensor,
  tolerance: number,
): Comparison {
  if (ours === undefined) {
    return { name, ok: false, error: Infinity, detail: 'the file has no such field' };
  }
  if (ours.shape.join() !== reference.shape.join()) {
    const detail = `shape [${ours.shape.join(', ')}], expected [${reference.shape.join(', ')}]`;
    return { name, ok: false, error: Infinity, detail };
  }
  let scale = 0;
  let largest = 0;
  let at = 0;
  for (let i = 0; i < reference.data.length; i++) {
    const expected = Number(reference.data[i]);
    const difference = Math.abs(Number(ours.data[i]) - expected);
    scale = Math.max(scale, Math.abs(expected));
    // Written so that a difference that is not a number counts as the largest.
    if (!(difference <= largest)) {
      largest = difference;
      at = i;
    }
  }
  const error = largest === 0 ? 0 : largest / scale;
  return { name, ok: error <= tolerance, error, detail: `largest at element ${at}` };
}

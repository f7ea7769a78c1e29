import { toFloat32, type Tensor } from '@featuretap/core';

/** Largest difference of two tensors over the reference's largest value; Infinity if not alike. */
export function relativeError(ours: Tensor | undefined, reference: Tensor): number {
  if (ours?.shape.join() !== reference.shape.join()) return Infinity;
  const [a, b] = [toFloat32(ours), toFloat32(reference)];
  let largest = 0;
  let scale = 0;
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    // NaN compares false with everything, so it would vanish in the maximum.
    if (!Number.isFinite(difference)) return Infinity;
    largest = Math.max(largest, difference);
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return largest === 0 ? 0 : largest / scale;
}

/** Field that a key of the reference belongs to: `stages.3` is of `stages`. */
export function fieldOf(key: string): string {
  return key.split('.')[0] ?? key;
}

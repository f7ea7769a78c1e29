import type { DType } from '../spec/dtype.js';
import { FeaturetapError } from '../spec/errors.js';
import { fromFloat16Bits } from './float16.js';

/**
 * The elements of a float tensor as float32; float32 itself is handed through without a copy.
 *
 * @throws FeaturetapError `INPUT_INVALID` for other dtypes
 */
export function toFloat32(tensor: {
  /** Element type, float32 or float16. */
  readonly dtype: DType;
  /** The elements; float16 as raw bits. */
  readonly data: unknown;
}): Float32Array {
  const { dtype, data } = tensor;
  if (dtype === 'float32' && data instanceof Float32Array) return data;
  if (dtype === 'float16' && data instanceof Uint16Array) {
    return Float32Array.from(data, fromFloat16Bits);
  }
  throw new FeaturetapError(
    'INPUT_INVALID',
    `Expected a float32 or float16 tensor, got ${dtype}. Convert it first.`,
  );
}

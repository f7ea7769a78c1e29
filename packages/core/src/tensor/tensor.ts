import { DTYPE_BYTES, type DType, type TypedArrayOf } from '../spec/dtype.js';
import { FeaturetapError } from '../spec/errors.js';

/** Values of one dtype with a shape; row-major, in the byte order of this machine. */
export interface Tensor<D extends DType = DType> {
  /** Element type. */
  readonly dtype: D;
  /** Size of each axis, outermost first; `[]` for a single value. */
  readonly shape: readonly number[];
  /** The elements, as many as the product of `shape`. */
  readonly data: TypedArrayOf<D>;
}

/** Constructor of the typed array that holds each dtype. */
export const TYPED_ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** Whether a value is the name of a {@link DType}. */
export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(DTYPE_BYTES, value);
}

/** Number of elements of a shape; NaN when an axis is no size, Infinity when it overflows. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0) return Number.NaN;
    count *= size;
  }
  // A product above 2^53 is rounded, and no array is that long.
  return count <= Number.MAX_SAFE_INTEGER ? count : Number.POSITIVE_INFINITY;
}

/** A shape for messages, such as `[batch, 3, 224, 224]`. */
export function formatShape(shape: readonly (number | string)[]): string {
  return `[${shape.join(', ')}]`;
}

/**
 * Checks that dtype, shape and data of a tensor agree; the elements are not looked at.
 *
 * @param where - what the tensor is, for the message.
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function checkTensor(tensor: Tensor, where: string): void {
  const { dtype, shape, data } = tensor;
  if (!isDType(dtype)) {
    const known = Object.keys(DTYPE_BYTES).join(', ');
    throw invalid(where, `a dtype of ${known}`, JSON.stringify(dtype));
  }
  const count = Array.isArray(shape) ? elementCount(shape) : Number.NaN;
  if (Number.isNaN(count)) {
    throw invalid(where, 'a shape of integers that are 0 or more', JSON.stringify(shape));
  }
  const { name } = TYPED_ARRAYS[dtype];
  // Float16Array of newer runtimes holds the same bits, but its elements are numbers.
  const got = ArrayBuffer.isView(data) ? data.constructor.name : typeof data;
  if (got !== name && !(name === 'Uint8Array' && got === 'Buffer')) {
    throw invalid(where, `a ${name} for dtype ${dtype}`, got);
  }
  if (data.length !== count) {
    throw invalid(where, `${count} elements for shape ${formatShape(shape)}`, `${data.length}`);
  }
}

function invalid(where: string, expected: string, got: string): FeaturetapError {
  return new FeaturetapError(
    'INPUT_INVALID',
    `Expected ${expected} in ${where}, got ${got}. Give { dtype, shape, data } that agree.`,
  );
}

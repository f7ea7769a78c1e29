import { endianness } from 'node:os';
import { DTYPE_BYTES, type DType, type TypedArrayOf } from '../spec/dtype.js';
import { TYPED_ARRAYS, type Tensor } from './tensor.js';

/** Whether this machine keeps the low byte first, as every file format here does. */
const LITTLE = endianness() === 'LE';

/** The elements of a tensor as little-endian bytes; a view where this machine is little-endian. */
export function tensorBytes(tensor: Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = tensor.data;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return LITTLE ? bytes : swapBytes(bytes.slice(), DTYPE_BYTES[tensor.dtype]);
}

/** Elements of `dtype` from little-endian bytes; copied, so that they are aligned and independent. */
export function elementsFromBytes<D extends DType>(dtype: D, bytes: Uint8Array): TypedArrayOf<D>;
export function elementsFromBytes(dtype: DType, bytes: Uint8Array): TypedArrayOf<DType> {
  const size = DTYPE_BYTES[dtype];
  // Not bytes.slice(): of a Buffer it would be a view.
  const copy = new Uint8Array(bytes);
  return new TYPED_ARRAYS[dtype]((LITTLE ? copy : swapBytes(copy, size)).buffer);
}

function swapBytes(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}

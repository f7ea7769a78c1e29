/**
 * Bytes of one element of each tensor dtype that a record or an input can have.
 *
 * Names are those of onnxruntime's JavaScript API.
 */
export const DTYPE_BYTES = {
  /** float32: 4 bytes an element. */
  float32: 4,
  /** float64: 8 bytes an element. */
  float64: 8,
  /** float16: 2 bytes an element. */
  float16: 2,
  /** int8: 1 byte an element. */
  int8: 1,
  /** uint8: 1 byte an element. */
  uint8: 1,
  /** int16: 2 bytes an element. */
  int16: 2,
  /** uint16: 2 bytes an element. */
  uint16: 2,
  /** int32: 4 bytes an element. */
  int32: 4,
  /** uint32: 4 bytes an element. */
  uint32: 4,
  /** int64: 8 bytes an element. */
  int64: 8,
  /** uint64: 8 bytes an element. */
  uint64: 8,
  /** bool: 1 byte an element. */
  bool: 1,
} as const;

/** Element type of a tensor. */
export type DType = keyof typeof DTYPE_BYTES;

/** The typed array that holds each {@link DType}; float16 is held as its raw 16 bits. */
export interface TypedArrays {
  /** IEEE 754 single precision. */
  float32: Float32Array;
  /** IEEE 754 double precision. */
  float64: Float64Array;
  /** IEEE 754 half precision, raw bits. */
  float16: Uint16Array;
  /** Signed 8 bits. */
  int8: Int8Array;
  /** Unsigned 8 bits. */
  uint8: Uint8Array;
  /** Signed 16 bits. */
  int16: Int16Array;
  /** Unsigned 16 bits. */
  uint16: Uint16Array;
  /** Signed 32 bits. */
  int32: Int32Array;
  /** Unsigned 32 bits. */
  uint32: Uint32Array;
  /** Signed 64 bits. */
  int64: BigInt64Array;
  /** Unsigned 64 bits. */
  uint64: BigUint64Array;
  /** One byte an element, 0 or 1. */
  bool: Uint8Array;
}

/** The typed array that holds elements of dtype `D`. */
export type TypedArrayOf<D extends DType> = TypedArrays[D];

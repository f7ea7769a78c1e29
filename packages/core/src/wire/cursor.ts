import { FeaturetapError } from '../spec/errors.js';

/**
 * Wire types of the protobuf encoding that a current writer uses.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/#structure
 */
export const WIRE = {
  /** Integers and booleans. */
  varint: 0,
  /** double, fixed64. */
  fixed64: 1,
  /** Length-delimited: strings, bytes, messages, packed numbers. */
  bytes: 2,
  /** float, fixed32. */
  fixed32: 5,
} as const;

/** Longest encoding of a 64-bit varint, bytes. */
export const MAX_VARINT_BYTES = 10;

/** Where a {@link Cursor} stands in a byte array; `base` is that array's offset in the file. */
export interface Cursor {
  /** Bytes to read. */
  readonly bytes: Uint8Array;
  /** Next byte, an index into `bytes`. */
  at: number;
  /** Offset of `bytes[0]` in the file, for messages and ranges. */
  readonly base: number;
}

/** Field number and wire type of the field that follows. */
export interface FieldTag {
  /** Field number, at least 1. */
  readonly field: number;
  /** One of {@link WIRE}. */
  readonly wireType: number;
}

/** Reports bytes that break the encoding, with the offset in the file. */
export function malformed(what: string, offset: number): FeaturetapError {
  return new FeaturetapError(
    'MODEL_MALFORMED',
    `Expected protobuf wire format, got ${what} at byte ${offset}. ` +
      'The file is damaged or not an ONNX model; export or download it again.',
  );
}

/** Reports bytes that end too early. */
export function truncated(needed: number, offset: number, end: number): FeaturetapError {
  return new FeaturetapError(
    'MODEL_TRUNCATED',
    `Expected ${needed} more bytes at byte ${offset}, but only ${Math.max(0, end - offset)} follow. ` +
      'The file was cut off; download or export it again.',
  );
}

/**
 * Reads an unsigned varint, as a number when it is a safe integer.
 *
 * Values above 2^53 - 1 lose precision: lengths are checked by the caller and signed values go
 * through {@link readInt64}.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED` or `MODEL_MALFORMED`
 */
export function readVarint(cursor: Cursor): number {
  const { bytes } = cursor;
  const start = cursor.at;
  let value = 0;
  let scale = 1;
  for (let count = 0; count < MAX_VARINT_BYTES; count++) {
    const byte = bytes[cursor.at];
    if (byte === undefined) {
      throw truncated(1, cursor.base + cursor.at, cursor.base + bytes.length);
    }
    cursor.at++;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  throw malformed(`a varint longer than ${MAX_VARINT_BYTES} bytes`, cursor.base + start);
}

/** First value whose sign bit is set when 64 bits are read as signed. */
const SIGN_BIT = 2 ** 63;

/**
 * Reads an int64 varint (ONNX int64 fields are plain, not zigzag).
 *
 * Values beyond 2^53 are rounded; they occur only as "no limit" markers such as INT64_MAX.
 *
 * @throws FeaturetapError as {@link readVarint}
 */
export function readInt64(cursor: Cursor): number {
  const start = cursor.at;
  const value = readVarint(cursor);
  if (value < SIGN_BIT) return value;
  let exact = 0n;
  for (let i = cursor.at - 1; i >= start; i--) {
    exact = (exact << 7n) | BigInt((cursor.bytes[i] ?? 0) & 0x7f);
  }
  return Number(BigInt.asIntN(64, exact));
}

/**
 * Reads a field's tag.
 *
 * Group wire types (3 and 4) and field number 0 never occur in ONNX and are refused.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED` or `MODEL_MALFORMED`
 */
export function readTag(cursor: Cursor): FieldTag {
  const offset = cursor.base + cursor.at;
  const tag = readVarint(cursor);
  if (tag > 0xffff_ffff) throw malformed('a field number above 2^29', offset);
  const wireType = tag % 8;
  const field = (tag - wireType) / 8;
  if (field === 0) throw malformed('field number 0', offset);
  if (wireType === 3 || wireType === 4 || wireType > 5) {
    throw malformed(`wire type ${wireType}`, offset);
  }
  return { field, wireType };
}

/**
 * Length in bytes of a field's value whose tag was just read; the cursor stands at the value after
 * the call (length-delimited fields: after the length).
 *
 * @param limit - offset in the file of the end of the enclosing message.
 * @throws FeaturetapError `MODEL_TRUNCATED` when the value would pass `limit`.
 */
export function readValueLength(cursor: Cursor, wireType: number, limit: number): number {
  let length: number;
  if (wireType === WIRE.varint) {
    const start = cursor.at;
    readVarint(cursor);
    length = cursor.at - start;
    cursor.at = start;
  } else if (wireType === WIRE.bytes) length = readVarint(cursor);
  else length = wireType === WIRE.fixed64 ? 8 : 4;
  const at = cursor.base + cursor.at;
  if (length > limit - at) throw truncated(length, at, limit);
  return length;
}

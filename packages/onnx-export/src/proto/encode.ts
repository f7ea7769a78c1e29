import { encodeName, WIRE } from '@featuretap/core/wire';

/** Bytes of an unsigned varint. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Joins byte arrays. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** A length-delimited field: bytes, or a message. */
export function bytesField(field: number, value: Uint8Array): Uint8Array {
  return concatBytes([varint(field * 8 + WIRE.bytes), varint(value.length), value]);
}

/** A message field made of fields. */
export function messageField(field: number, parts: readonly Uint8Array[]): Uint8Array {
  return bytesField(field, concatBytes(parts));
}

/** A string field. */
export function stringField(field: number, value: string): Uint8Array {
  return bytesField(field, encodeName(value));
}

/** A varint field of a value that is not negative. */
export function varintField(field: number, value: number): Uint8Array {
  return concatBytes([varint(field * 8 + WIRE.varint), varint(value)]);
}

/** An int64 field; negative values take ten bytes, as protobuf defines. */
export function int64Field(field: number, value: number): Uint8Array {
  if (value >= 0) return varintField(field, value);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return concatBytes([varint(field * 8 + WIRE.varint), Uint8Array.from(bytes)]);
}

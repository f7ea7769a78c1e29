// Protobuf as a tree that can be bent out of shape: written without the code under test.
import { isMessage, MESSAGES, type Content, type MessageName } from './message-kinds.js';

/** A field whose value is a varint or four or eight bytes. */
export interface ScalarField {
  /** Field number. */
  number: number;
  /** 0, 1 or 5. */
  wireType: number;
  /** The value, unsigned. */
  value: bigint;
  /** Bytes of padding that make the varint longer than it need be. */
  padding?: number;
}

/** A length-delimited field. */
export interface BytesField {
  /** Field number. */
  number: number;
  /** 2, unless it lies. */
  wireType: number;
  /** What it holds by ONNX's definition. */
  content: Content;
  /** Members, when it holds a message. */
  members?: Field[];
  /** The bytes, when it does not. */
  bytes?: Uint8Array;
  /** Length to claim in place of the true one. */
  claim?: bigint;
}

/** A field of a message. */
export type Field = ScalarField | BytesField;

/** Tells fields with members from all others. */
export function isParent(field: Field): field is BytesField & { members: Field[] } {
  return 'content' in field && field.members !== undefined;
}

/** Tells fields with bytes from all others. */
export function isLeaf(field: Field): field is BytesField & { bytes: Uint8Array } {
  return 'content' in field && field.bytes !== undefined;
}

const EMPTY = new Uint8Array(0);

/** Depth to which bytes become trees; what is deeper stays bytes. */
const MAX_TREE_DEPTH = 40;

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

function readVarint(reader: Reader): bigint | null {
  const first = reader.bytes[reader.at];
  if (first !== undefined && first < 128) {
    reader.at++;
    return BigInt(first);
  }
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = reader.bytes[reader.at];
    if (byte === undefined) return null;
    reader.at++;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return value;
  }
  return null;
}

/** A field as it stands in the bytes. */
export interface RawField {
  /** Field number. */
  readonly number: number;
  /** 0, 1, 2 or 5. */
  readonly wireType: number;
  /** The value, behind tag and length. */
  readonly value: Uint8Array;
  /** The field with its tag and length. */
  readonly whole: Uint8Array;
}

/** Bytes of a value by wire type; varints and length-delimited values say it themselves. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** The fields of one message, undecoded, or null when the bytes are none. */
export function splitFields(bytes: Uint8Array): RawField[] | null {
  const reader: Reader = { bytes, at: 0 };
  const fields: RawField[] = [];
  while (reader.at < bytes.length) {
    const start = reader.at;
    const tag = readVarint(reader);
    if (tag === null || tag >= 1n << 32n) return null;
    const number = Math.floor(Number(tag) / 8);
    const wireType = Number(tag) % 8;
    let from = reader.at;
    if (wireType === 0) {
      if (readVarint(reader) === null) return null;
    } else {
      const length = wireType === 2 ? readVarint(reader) : FIXED_BYTES[wireType];
      if (length === null || length === undefined) return null;
      from = reader.at;
      if (length > bytes.length - from) return null;
      reader.at += Number(length);
    }
    const value = bytes.subarray(from, reader.at);
    fields.push({ number, wireType, value, whole: bytes.subarray(start, reader.at) });
  }
  return fields;
}

function scalarOf(value: Uint8Array, wireType: number): bigint {
  if (wireType === 0) return readVarint({ bytes: value, at: 0 }) ?? 0n;
  let number = 0n;
  for (const byte of value.toReversed()) number = (number << 8n) | BigInt(byte);
  return number;
}

/** The fields of a message with those of the messages in it, or null when the bytes are none. */
export function toTree(bytes: Uint8Array, message: MessageName, depth = 0): Field[] | null {
  const raw = splitFields(bytes);
  if (raw === null) return null;
  return raw.map(({ number, wireType, value }) => {
    if (wireType !== 2) return { number, wireType, value: scalarOf(value, wireType) };
    const content = MESSAGES[message][number] ?? 'bytes';
    const members =
      isMessage(content) && depth < MAX_TREE_DEPTH ? toTree(value, content, depth + 1) : null;
    const base = { number, wireType, content };
    return members === null ? { ...base, bytes: value } : { ...base, members };
  });
}

/** A varint of 64 bits, with bytes of padding that change its length and not its value. */
function varint(value: bigint, padding = 0): number[] {
  if (value >= 0n && value < 128n && padding === 0) return [Number(value)];
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  for (let i = 0; i < padding; i++) {
    bytes[bytes.length - 1]! |= 128;
    bytes.push(0);
  }
  return bytes;
}

function scalarBytes({ value, wireType, padding }: ScalarField): number[] {
  if (wireType !== 1 && wireType !== 5) return varint(value, padding);
  const size = wireType === 1 ? 8 : 4;
  return Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

function collect(fields: readonly Field[], parts: Uint8Array[]): number {
  let size = 0;
  for (const field of fields) {
    const tag = varint((BigInt(field.number) << 3n) | BigInt(field.wireType));
    if ('value' in field) {
      const bytes = Uint8Array.from([...tag, ...scalarBytes(field)]);
      parts.push(bytes);
      size += bytes.length;
      continue;
    }
    const place = parts.push(EMPTY) - 1;
    let length: number;
    if (isParent(field)) length = collect(field.members, parts);
    else length = parts[parts.push(field.bytes ?? EMPTY) - 1]!.length;
    const header = Uint8Array.from([...tag, ...varint(field.claim ?? BigInt(length))]);
    parts[place] = header;
    size += header.length + length;
  }
  return size;
}

/** Bytes of a tree that are made; a few doublings of what is large already would not fit in memory. */
const MAX_TREE_BYTES = 1 << 28;

/** The bytes of a tree, as far as they are not too many. */
export function toBytes(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  return Buffer.concat(parts, Math.min(collect(fields, parts), MAX_TREE_BYTES));
}

/** A message field. */
export function messageOf(number: number, content: MessageName, members: Field[]): BytesField {
  return { number, wireType: 2, content, members };
}

/** A field of bytes or text. */
export function bytesOf(
  number: number,
  value: Uint8Array | string,
  content: Content = 'bytes',
): BytesField {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return { number, wireType: 2, content, bytes };
}

/** A varint field. */
export function varintOf(number: number, value: number | bigint): ScalarField {
  return { number, wireType: 0, value: BigInt.asUintN(64, BigInt(value)) };
}

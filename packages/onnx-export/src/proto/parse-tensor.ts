import { FeaturetapError } from '@featuretap/core/spec';
import {
  decodeName,
  fieldBytes,
  fieldCursor,
  readInt64,
  readVarint,
  walkFields,
  WIRE,
  type Cursor,
  type WireField,
} from '@featuretap/core/wire';
import { MAX_CONSTANT_BYTES, MAX_NUMBERS, MAX_RANK } from '../limits.js';
import { DATA_TYPE, ENTRY, TENSOR } from './fields.js';
import { LEFT_OUT } from './lean-bytes.js';
import type { TensorInfo } from './model.js';
import { readName } from './read-name.js';

/**
 * Appends a repeated integer field, packed or not: parsers must accept both forms.
 *
 * @throws FeaturetapError `MODEL_LIMIT` when there are more than `most` in all.
 */
export function pushInts(
  target: number[],
  cursor: Cursor,
  field: WireField,
  most = MAX_NUMBERS,
): void {
  const push = (value: number): void => {
    if (target.push(value) > most) throw tooManyNumbers(most, field.start);
  };
  if (field.wireType !== WIRE.bytes) {
    push(readInt64(cursor));
    return;
  }
  const packed = fieldCursor(cursor, field);
  while (packed.at < packed.bytes.length) push(readInt64(packed));
}

function tooManyNumbers(most: number, offset: number): FeaturetapError {
  return new FeaturetapError(
    'MODEL_LIMIT',
    `Expected at most ${most} numbers in one list, found more at byte ${offset}. ` +
      'No image classifier needs that; the file is hostile or damaged.',
  );
}

/** Appends a repeated float (4 bytes) or double (8 bytes) field, packed or not. */
export function pushFloats(
  target: number[],
  cursor: Cursor,
  field: WireField,
  size: 4 | 8 = 4,
): void {
  const bytes = fieldBytes(cursor, field);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = target.length + Math.floor(bytes.length / size);
  if (count > MAX_NUMBERS) throw tooManyNumbers(MAX_NUMBERS, field.start);
  for (let at = 0; at + size <= bytes.length; at += size) {
    target.push(size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true));
  }
}

/** Reads a `StringStringEntryProto`. */
export function parseEntry(cursor: Cursor): { key: string; value: string } {
  const entry = { key: '', value: '' };
  for (const field of walkFields(cursor)) {
    if (field.wireType !== WIRE.bytes) continue;
    if (field.field === ENTRY.key) entry.key = decodeName(fieldBytes(cursor, field));
    else if (field.field === ENTRY.value) entry.value = decodeName(fieldBytes(cursor, field));
  }
  return entry;
}

/** Decoders of `raw_data` by data type, for the types that constants have. */
const RAW: Readonly<Record<number, [number, (view: DataView, at: number) => number]>> = {
  [DATA_TYPE.float32]: [4, (view, at) => view.getFloat32(at, true)],
  [DATA_TYPE.float64]: [8, (view, at) => view.getFloat64(at, true)],
  [DATA_TYPE.int64]: [8, (view, at) => Number(view.getBigInt64(at, true))],
  [DATA_TYPE.int32]: [4, (view, at) => view.getInt32(at, true)],
  [DATA_TYPE.uint8]: [1, (view, at) => view.getUint8(at)],
  [DATA_TYPE.int8]: [1, (view, at) => view.getInt8(at)],
  [DATA_TYPE.bool]: [1, (view, at) => view.getUint8(at)],
};

function rawValues(bytes: Uint8Array, dataType: number): number[] | undefined {
  const decoder = RAW[dataType];
  if (decoder === undefined) return undefined;
  const [size, read] = decoder;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => read(view, i * size));
}

/**
 * Reads a `TensorProto` without its weights.
 *
 * @throws FeaturetapError `MODEL_MALFORMED` for a negative dimension, `MODEL_LIMIT` for too many
 * axes.
 */
export function parseTensor(cursor: Cursor): TensorInfo {
  let name = '';
  let dataType = 0;
  let payloadBytes = 0;
  let external: Map<string, string> | undefined;
  let raw: Uint8Array | undefined;
  const dims: number[] = [];
  const values: number[] = [];
  for (const field of walkFields(cursor)) {
    const length = field.end - field.valueStart;
    const small = length <= MAX_CONSTANT_BYTES;
    switch (field.field) {
      case TENSOR.dims:
        pushInts(dims, cursor, field, MAX_RANK);
        break;
      case TENSOR.dataType:
        dataType = readVarint(cursor);
        break;
      case TENSOR.name:
        name = readName(cursor, field);
        break;
      case TENSOR.rawData:
        payloadBytes = length;
        if (small) raw = fieldBytes(cursor, field);
        break;
      case TENSOR.int32Data:
      case TENSOR.int64Data:
      case TENSOR.uint64Data:
        payloadBytes += length;
        if (small) pushInts(values, cursor, field);
        break;
      case TENSOR.floatData:
      case TENSOR.doubleData:
        payloadBytes += length;
        if (small) pushFloats(values, cursor, field, field.field === TENSOR.floatData ? 4 : 8);
        break;
      case TENSOR.externalData: {
        const entry = parseEntry(fieldCursor(cursor, field));
        (external ??= new Map()).set(entry.key, entry.value);
        break;
      }
      case LEFT_OUT:
        payloadBytes += readVarint(cursor);
        break;
    }
  }
  if (dims.some((dim) => dim < 0)) {
    throw new FeaturetapError(
      'MODEL_MALFORMED',
      `Expected a tensor shape without negative sizes, got [${dims.join(', ')}] near byte ${cursor.base}.`,
    );
  }
  if (external !== undefined) payloadBytes = Number(external.get('length') ?? 0) || 0;
  const count = dims.reduce((product, dim) => product * dim, 1);
  const decoded = raw === undefined ? values : rawValues(raw, dataType);
  return {
    name,
    dims,
    dataType,
    payloadBytes,
    ...(decoded?.length === count && count > 0 ? { values: decoded } : {}),
    ...(external === undefined ? {} : { external }),
  };
}

import { dirname, resolve } from 'node:path';
import { checkWeightFiles } from '../extract/check-weight-files.js';
import { openFileSource } from '../node/open-file-source.js';
import { FeaturetapError } from '../spec/errors.js';
import type { WeightFiles } from '../spec/manifest.js';
import type { Tensor } from '../tensor/tensor.js';
import { TYPED_ARRAYS } from '../tensor/tensor.js';
import {
  decodeName,
  fieldBytes,
  printableName,
  readInt64,
  readVarint,
  scanFields,
  walkFields,
  WIRE,
  type ByteSource,
  type Cursor,
} from '../wire/index.js';

// Field numbers: https://github.com/onnx/onnx/blob/v1.20.0/onnx/onnx.proto
const GRAPH = 7;
const INITIALIZER = 5;
const TENSOR = { dims: 1, dataType: 2, floatData: 4, name: 8, rawData: 9, external: 13 } as const;
const ENTRY = { key: 1, value: 2 } as const;

/** `TensorProto.DataType` of what can be read. */
const DTYPES = { 1: 'float32', 10: 'float16' } as const;

/** Elements that are read at most: 100,000 classes of 4,096 features have fewer. */
const MAX_ELEMENTS = 1 << 29;

interface Header {
  name: string;
  dataType: number;
  readonly dims: number[];
  payload: { readonly start: number; readonly end: number } | null;
  readonly external: Map<string, string>;
}

function unreadable(name: string, reason: string): FeaturetapError {
  return new FeaturetapError(
    'MODEL_UNSUPPORTED',
    `Expected float32 or float16 weights in the initializer "${printableName(name)}", but ${reason}.`,
  );
}

function parseEntry(cursor: Cursor): readonly [string, string] {
  const entry = ['', ''] as [string, string];
  for (const field of walkFields(cursor)) {
    if (field.field === ENTRY.key) entry[0] = decodeName(fieldBytes(cursor, field));
    else if (field.field === ENTRY.value) entry[1] = decodeName(fieldBytes(cursor, field));
  }
  return entry;
}

/** Reads what a tensor says of itself, and where its elements are; they are not read. */
async function readHeader(source: ByteSource, start: number, end: number): Promise<Header> {
  const header: Header = { name: '', dataType: 0, dims: [], payload: null, external: new Map() };
  for await (const field of scanFields(source, { start, end })) {
    const place = { start: field.valueStart, end: field.end };
    if (field.field === TENSOR.rawData || field.field === TENSOR.floatData) header.payload = place;
    if (field.end - field.valueStart > 1 << 16) continue;
    const cursor: Cursor = { bytes: await field.bytes(), at: 0, base: field.valueStart };
    if (field.field === TENSOR.name) header.name = decodeName(cursor.bytes);
    else if (field.field === TENSOR.dataType) header.dataType = readVarint(cursor);
    else if (field.field === TENSOR.external) header.external.set(...parseEntry(cursor));
    else if (field.field === TENSOR.dims) {
      while (cursor.at < cursor.bytes.length) header.dims.push(readInt64(cursor));
    }
  }
  return header;
}

async function findHeader(source: ByteSource, name: string): Promise<Header | null> {
  for await (const top of scanFields(source, { start: 0, end: source.size })) {
    if (top.field !== GRAPH || top.wireType !== WIRE.bytes) continue;
    const range = { start: top.valueStart, end: top.end };
    for await (const field of scanFields(source, range)) {
      if (field.field !== INITIALIZER || field.wireType !== WIRE.bytes) continue;
      const header = await readHeader(source, field.valueStart, field.end);
      if (header.name === name) return header;
    }
  }
  return null;
}

/** The bytes of the elements: inside the model, or in one of the files that the manifest lists. */
async function payloadOf(
  path: string,
  source: ByteSource,
  { name, payload, external }: Header,
  expected: number,
  files: WeightFiles,
): Promise<Uint8Array> {
  if (payload !== null) {
    if (payload.end - payload.start !== expected) throw unreadable(name, 'its size does not fit');
    return source.read(payload.start, payload.end);
  }
  const location = external.get('location') ?? '';
  const listed = files.filter((file) => file.location === location);
  if (listed.length === 0) throw unreadable(name, 'the manifest lists no file that holds them');
  const folder = dirname(resolve(path));
  await checkWeightFiles(listed, { name: path, folder, modelPath: resolve(path) });
  const offset = Number(external.get('offset') ?? 0);
  await using file = await openFileSource(resolve(folder, location));
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + expected > file.size) {
    throw unreadable(name, 'its range passes the end of the file that holds them');
  }
  return await file.read(offset, offset + expected);
}

/**
 * Reads one initializer of a model file with its elements; nothing else of the weights is read.
 *
 * @param files - files beside the model that hold weights, as the manifest lists them.
 * @throws FeaturetapError `MODEL_UNSUPPORTED` when there is none of that name, or it is of another
 * type, or stored in another way; what reading throws
 */
export async function readInitializer(
  path: string,
  name: string,
  files: WeightFiles,
): Promise<Tensor<'float32' | 'float16'>> {
  await using source = await openFileSource(path);
  const header = await findHeader(source, name);
  if (header === null) throw unreadable(name, 'the file has none of that name');
  const dtype = DTYPES[header.dataType as keyof typeof DTYPES];
  const count = header.dims.reduce((product, dim) => product * dim, 1);
  if ((dtype as string | undefined) === undefined) throw unreadable(name, 'they have another type');
  if (!Number.isInteger(count) || count < 1 || count > MAX_ELEMENTS) {
    throw unreadable(name, 'its shape is out of range');
  }
  const Elements = TYPED_ARRAYS[dtype];
  const size = count * Elements.BYTES_PER_ELEMENT;
  const bytes = await payloadOf(path, source, header, size, files);
  // A copy: the range need not be aligned, and may be a view of a larger buffer.
  const data = new Elements(new Uint8Array(bytes).buffer);
  return { dtype, shape: header.dims, data };
}

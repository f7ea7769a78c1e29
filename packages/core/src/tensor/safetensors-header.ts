import { DTYPE_BYTES, type DType } from '../spec/dtype.js';
import { FeaturetapError } from '../spec/errors.js';
import { elementCount } from './tensor.js';

// Format: https://github.com/huggingface/safetensors/blob/v0.6.2/README.md#format

/** Longest header, bytes; the limit of the reference implementation. */
export const MAX_SAFETENSORS_HEADER_BYTES = 100_000_000;

/** The format's name of each dtype; the reference implementation writes the last ones first. */
export const SAFETENSORS_DTYPES: readonly (readonly [DType, string])[] = [
  ['bool', 'BOOL'],
  ['uint8', 'U8'],
  ['int8', 'I8'],
  ['int16', 'I16'],
  ['uint16', 'U16'],
  ['float16', 'F16'],
  ['int32', 'I32'],
  ['uint32', 'U32'],
  ['float32', 'F32'],
  ['float64', 'F64'],
  ['int64', 'I64'],
  ['uint64', 'U64'],
];

/** Key of the header that holds free text instead of a tensor. */
export const SAFETENSORS_METADATA = '__metadata__';

/** Where one tensor stands in the data of a safetensors file. */
interface SafetensorsEntry {
  /** Name of the tensor. */
  readonly name: string;
  /** Element type. */
  readonly dtype: DType;
  /** Size of each axis. */
  readonly shape: readonly number[];
  /** First byte, counted from the start of the data. */
  readonly begin: number;
  /** One past the last byte. */
  readonly end: number;
}

/** The parsed header of a safetensors file. */
export interface SafetensorsHeader {
  /** Tensors in the order of the header. */
  readonly entries: readonly SafetensorsEntry[];
  /** Free text by key. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Parses and checks the header of a safetensors file.
 *
 * @param bytes - the header alone, JSON padded with spaces.
 * @param dataBytes - bytes that follow the header.
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function parseSafetensorsHeader(bytes: Uint8Array, dataBytes: number): SafetensorsHeader {
  const text = decode(bytes);
  const header = parseObject(text);
  const repeated = findRepeatedKey(text);
  if (repeated !== null) throw safetensorsError('each name once', `${repeated} twice`);
  const entries: SafetensorsEntry[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, value] of Object.entries(header)) {
    if (name === SAFETENSORS_METADATA) metadata = parseMetadata(value);
    else entries.push(parseEntry(name, value));
  }
  checkCoverage(entries, dataBytes);
  return { entries, metadata };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw safetensorsError('a header in UTF-8', 'other bytes', error);
  }
}

function parseObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw safetensorsError('a header in JSON', JSON.stringify(text.slice(0, 40)), error);
  }
  if (!isObject(value)) throw safetensorsError('a JSON object as header', text.slice(0, 40));
  return value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON.parse keeps the last of two equal keys; readers that keep the first would differ. */
function findRepeatedKey(text: string): string | null {
  const seen = new Set<string>();
  let depth = 0;
  // A string, or a bracket outside of strings.
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[[\]{}]/g)) {
    const [token] = match;
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && match[1] !== undefined) {
      const key = String(JSON.parse(token.slice(0, token.length - match[1].length)));
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return null;
}

function parseMetadata(value: unknown): ReadonlyMap<string, string> {
  const entries = isObject(value) ? Object.entries(value) : null;
  if (entries?.every((entry): entry is [string, string] => typeof entry[1] === 'string') === true) {
    return new Map(entries);
  }
  throw safetensorsError(`text values in ${SAFETENSORS_METADATA}`, JSON.stringify(value));
}

function parseEntry(name: string, value: unknown): SafetensorsEntry {
  const fields = isObject(value) ? (value as Readonly<Record<string, unknown>>) : {};
  const dtype = SAFETENSORS_DTYPES.find(([, known]) => known === fields.dtype)?.[0];
  if (dtype === undefined) {
    const known = SAFETENSORS_DTYPES.map(([, format]) => format).join(', ');
    throw safetensorsError(`a dtype of ${known} for ${name}`, JSON.stringify(fields.dtype));
  }
  const shape = fields.shape;
  const count = isNumbers(shape) ? elementCount(shape) : Number.NaN;
  if (!isNumbers(shape) || Number.isNaN(count)) {
    throw safetensorsError(`a shape for ${name}`, JSON.stringify(shape));
  }
  const offsets = fields.data_offsets;
  const [begin, end] = isNumbers(offsets) && offsets.length === 2 ? offsets : [];
  if (!isOffset(begin) || !isOffset(end) || begin > end) {
    throw safetensorsError(`two offsets for ${name}`, JSON.stringify(offsets));
  }
  if (end - begin !== count * DTYPE_BYTES[dtype]) {
    const expected = `${count * DTYPE_BYTES[dtype]} bytes for ${name}`;
    throw safetensorsError(expected, `offsets ${begin} to ${end}`);
  }
  return { name, dtype, shape, begin, end };
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}

function isOffset(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && value! >= 0;
}

function checkCoverage(entries: readonly SafetensorsEntry[], dataBytes: number): void {
  let at = 0;
  const ordered = [...entries].sort(
    (left, right) => left.begin - right.begin || left.end - right.end,
  );
  for (const { name, begin, end } of ordered) {
    if (begin !== at) throw safetensorsError(`${name} to begin at byte ${at}`, `${begin}`);
    at = end;
  }
  if (at !== dataBytes) throw safetensorsError(`${at} bytes of data`, `${dataBytes}`);
}

/** An error about the contents of a safetensors file. */
export function safetensorsError(expected: string, got: string, cause?: unknown): FeaturetapError {
  const shown = got.length > 200 ? `${got.slice(0, 200)}…` : got;
  return new FeaturetapError(
    'INPUT_INVALID',
    `Expected ${expected} in a safetensors file, got ${shown}. ` +
      'Write it again with the safetensors package.',
    { cause },
  );
}

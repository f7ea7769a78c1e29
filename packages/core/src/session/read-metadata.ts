import { FeaturetapError, isFeaturetapError } from '../spec/errors.js';
import { invalidManifest } from '../spec/parse-manifest.js';
import {
  decodeName,
  fieldBytes,
  scanFields,
  walkFields,
  WIRE,
  type ByteSource,
  type Cursor,
  type ScannedField,
} from '../wire/index.js';

// Field numbers: https://github.com/onnx/onnx/blob/v1.20.0/onnx/onnx.proto
const IR_VERSION = 1;
const GRAPH = 7;
const METADATA_PROPS = 14;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

/**
 * Longest metadata entry that is read, bytes; longer ones belong to other tools.
 *
 * A manifest with 100 stages and the names of 22 000 classes takes less than 1 MB.
 */
const MAX_ENTRY_BYTES = 1 << 24;

/**
 * Reads metadata entries of an ONNX file; only the headers of top-level fields are read, never
 * weights.
 *
 * @param keys - of the entries that are wanted.
 * @param name - what to call the file in messages.
 * @returns the value of each key that the file has.
 * @throws FeaturetapError `MODEL_NOT_ONNX`, `MODEL_TRUNCATED`, `MODEL_MALFORMED`, or
 * `MANIFEST_INVALID` when a key comes twice
 */
export async function readMetadata(
  source: ByteSource,
  keys: readonly string[],
  name: string,
): Promise<ReadonlyMap<string, string>> {
  const entries = await findEntries(source, keys).catch((error: unknown) =>
    explain(source, name, error),
  );
  if (entries === null) throw notOnnx(name, 'it has no graph');
  const values = new Map(entries);
  if (values.size < entries.length) throw invalidManifest(name, 'one manifest, found several');
  return values;
}

type Entry = readonly [key: string, value: string];

/** Entries with one of the keys; null when there is no graph. */
async function findEntries(
  source: ByteSource,
  keys: readonly string[],
): Promise<readonly Entry[] | null> {
  const entries: Entry[] = [];
  let hasGraph = false;
  for await (const field of scanFields(source, { start: 0, end: source.size })) {
    if (field.wireType !== WIRE.bytes) continue;
    if (field.field === GRAPH) hasGraph = true;
    if (field.field !== METADATA_PROPS || field.end - field.valueStart > MAX_ENTRY_BYTES) continue;
    const { key, value } = await readEntry(field);
    if (keys.includes(key)) entries.push([key, value]);
  }
  return hasGraph ? entries : null;
}

async function readEntry(field: ScannedField): Promise<{ key: string; value: string }> {
  const cursor: Cursor = { bytes: await field.bytes(), at: 0, base: field.valueStart };
  const entry = { key: '', value: '' };
  for (const member of walkFields(cursor)) {
    if (member.wireType !== WIRE.bytes) continue;
    if (member.field === ENTRY_KEY) entry.key = decodeName(fieldBytes(cursor, member));
    if (member.field === ENTRY_VALUE) entry.value = decodeName(fieldBytes(cursor, member));
  }
  return entry;
}

/** Tells a damaged model from something that is no model, by the first field: `ir_version`. */
async function explain(source: ByteSource, name: string, error: unknown): Promise<never> {
  const code = isFeaturetapError(error) ? error.code : null;
  if (code !== 'MODEL_MALFORMED' && code !== 'MODEL_TRUNCATED') throw error;
  const [tag = 0, version = 0xff] = await source.read(0, Math.min(2, source.size));
  if (tag === IR_VERSION * 8 && version < 0x80) throw error;
  throw notOnnx(name, 'the bytes do not follow its format', error);
}

function notOnnx(name: string, reason: string, cause?: unknown): FeaturetapError {
  return new FeaturetapError(
    'MODEL_NOT_ONNX',
    `Expected an ONNX model in ${name}, but ${reason}. ` +
      'Give the .onnx file itself, not an archive, a text file or a checkpoint.',
    { cause },
  );
}

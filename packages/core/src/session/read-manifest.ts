import { FeaturetapError, isFeaturetapError } from '../spec/errors.js';
import { MANIFEST_KEY, type Manifest } from '../spec/manifest.js';
import { invalidManifest, parseManifest } from '../spec/parse-manifest.js';
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
 * Reads the manifest of a tapped file; only the headers of top-level fields are read, never weights.
 *
 * @param name - what to call the file in messages.
 * @throws FeaturetapError `MODEL_NOT_ONNX`, `MODEL_TRUNCATED`, `MODEL_MALFORMED`,
 * `MANIFEST_MISSING` or `MANIFEST_INVALID`
 */
export async function readManifest(source: ByteSource, name: string): Promise<Manifest> {
  const values = await findValues(source).catch((error: unknown) => explain(source, name, error));
  if (values === null) throw notOnnx(name, 'it has no graph');
  const [text, second] = values;
  if (text === undefined) {
    throw new FeaturetapError(
      'MANIFEST_MISSING',
      `Expected a tapped model, but ${name} carries no manifest. ` +
        'Run `featuretap tap MODEL -o OUT` first and give OUT.',
    );
  }
  if (second !== undefined) throw invalidManifest(name, 'one manifest, found several');
  return parseManifest(text, name);
}

/** Values of the metadata entries with the manifest's key; null when there is no graph. */
async function findValues(source: ByteSource): Promise<readonly string[] | null> {
  const values: string[] = [];
  let hasGraph = false;
  for await (const field of scanFields(source, { start: 0, end: source.size })) {
    if (field.wireType !== WIRE.bytes) continue;
    if (field.field === GRAPH) hasGraph = true;
    if (field.field !== METADATA_PROPS || field.end - field.valueStart > MAX_ENTRY_BYTES) continue;
    const entry = await readEntry(field);
    if (entry.key === MANIFEST_KEY) values.push(entry.value);
  }
  return hasGraph ? values : null;
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

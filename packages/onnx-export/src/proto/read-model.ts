import { FeaturetapError, isFeaturetapError } from '@featuretap/core/spec';
import {
  decodeName,
  readInt64,
  readVarint,
  scanFields,
  walkFields,
  fieldBytes,
  WIRE,
  type ByteSource,
  type Cursor,
  type ScannedField,
} from '@featuretap/core/wire';
import { MAX_FUNCTIONS, MAX_MESSAGE_BYTES, MAX_METADATA_BYTES } from '../limits.js';
import { MODEL, OPSET } from './fields.js';
import type { FieldRange, MetadataEntry, Model } from './model.js';
import { parseEntry } from './parse-tensor.js';
import { readGraph } from './read-graph.js';

interface Header {
  irVersion: number;
  producerName: string;
  producerVersion: string;
  readonly opsets: Map<string, number>;
  readonly metadata: MetadataEntry[];
  readonly functions: FieldRange[];
  graph: FieldRange | null;
}

function notOnnx(reason: string, cause?: unknown): FeaturetapError {
  return new FeaturetapError(
    'MODEL_NOT_ONNX',
    `Expected an ONNX model (a serialized ModelProto), but ${reason}. ` +
      'Give the .onnx file itself, not an archive, a text file or a PyTorch checkpoint.',
    cause === undefined ? undefined : { cause },
  );
}

function tooManyFunctions(): FeaturetapError {
  return new FeaturetapError(
    'MODEL_LIMIT',
    `Expected at most ${MAX_FUNCTIONS} model-local functions, found more. ` +
      'No image classifier has that many; the file is hostile or damaged.',
  );
}

function tooMuchMetadata(): FeaturetapError {
  return new FeaturetapError(
    'MODEL_LIMIT',
    `Expected at most ${MAX_METADATA_BYTES} bytes of metadata, found more. ` +
      'No image classifier has that much; the file is hostile or damaged.',
  );
}

async function readOpset(field: ScannedField, opsets: Map<string, number>): Promise<void> {
  const cursor: Cursor = { bytes: await field.bytes(), at: 0, base: field.valueStart };
  let domain = '';
  let version = 0;
  for (const member of walkFields(cursor)) {
    if (member.field === OPSET.domain) domain = decodeName(fieldBytes(cursor, member));
    else if (member.field === OPSET.version) version = readInt64(cursor);
  }
  opsets.set(domain === 'ai.onnx' ? '' : domain, version);
}

async function readHeader(source: ByteSource): Promise<Header> {
  const header: Header = {
    irVersion: 0,
    producerName: '',
    producerVersion: '',
    opsets: new Map(),
    metadata: [],
    functions: [],
    graph: null,
  };
  let metadataBytes = 0;
  for await (const field of scanFields(source, { start: 0, end: source.size })) {
    const at = { start: field.start, valueStart: field.valueStart, end: field.end };
    if (field.field === MODEL.irVersion && field.wireType === WIRE.varint) {
      header.irVersion = readVarint({ bytes: await field.bytes(), at: 0, base: field.valueStart });
    }
    if (field.wireType !== WIRE.bytes) continue;
    if (field.field === MODEL.graph) {
      if (header.graph !== null) {
        throw new FeaturetapError(
          'MODEL_MALFORMED',
          `Expected one graph, found a second one at byte ${field.start}. Save the model again ` +
            'with the onnx package, which merges them.',
        );
      }
      header.graph = at;
      continue;
    }
    if (field.field === MODEL.functions) {
      header.functions.push(at);
      if (header.functions.length > MAX_FUNCTIONS) throw tooManyFunctions();
      continue;
    }
    if (field.end - field.valueStart > MAX_MESSAGE_BYTES) continue;
    if (field.field === MODEL.producerName) header.producerName = decodeName(await field.bytes());
    else if (field.field === MODEL.producerVersion) {
      header.producerVersion = decodeName(await field.bytes());
    } else if (field.field === MODEL.opsetImport) await readOpset(field, header.opsets);
    else if (field.field === MODEL.metadataProps) {
      metadataBytes += field.end - field.valueStart;
      if (metadataBytes > MAX_METADATA_BYTES) throw tooMuchMetadata();
      const cursor: Cursor = { bytes: await field.bytes(), at: 0, base: field.valueStart };
      header.metadata.push({ ...parseEntry(cursor), at });
    }
  }
  return header;
}

/**
 * Reads a model's structure, never its weights.
 *
 * Time and memory follow the size of the graph, not of the file.
 *
 * @throws FeaturetapError `MODEL_NOT_ONNX` when the bytes are something else, `MODEL_TRUNCATED`,
 * `MODEL_MALFORMED` or `MODEL_LIMIT`.
 */
export async function readModel(source: ByteSource): Promise<Model> {
  if (source.size === 0) throw notOnnx('the file is empty');
  const header = await readHeader(source).catch((error: unknown) => {
    // A file that does not even begin like a model is something else; a cut-off model is not.
    const code = isFeaturetapError(error) ? error.code : null;
    if (code === 'MODEL_MALFORMED' || code === 'MODEL_TRUNCATED') {
      return explain(source, error as FeaturetapError);
    }
    throw error;
  });
  if (header.graph === null) throw notOnnx('it has no graph');
  const graph = await readGraph(source, header.graph);
  if (graph.nodes.length === 0) throw notOnnx('its graph has no nodes');
  return { ...header, source, graph };
}

/** Tells a damaged model from something that is no model, by the first field: `ir_version`. */
async function explain(source: ByteSource, error: FeaturetapError): Promise<never> {
  const start = await source.read(0, Math.min(2, source.size));
  const beginsLikeModel = start[0] === MODEL.irVersion * 8 && (start[1] ?? 0) < 128;
  if (beginsLikeModel) throw error;
  throw notOnnx('the bytes do not follow its format', error);
}

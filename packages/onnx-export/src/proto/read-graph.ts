import { FeaturetapError } from '@featuretap/core/spec';
import {
  scanFields,
  walkFields,
  WIRE,
  type ByteSource,
  type Cursor,
  type ScannedField,
  type WireField,
} from '@featuretap/core/wire';
import { MAX_INITIALIZERS, MAX_MESSAGE_BYTES, MAX_NODES, MAX_TEXT_BYTES } from '../limits.js';
import { GRAPH } from './fields.js';
import { LEAN_RECIPES, leanBytes } from './lean-bytes.js';
import type {
  FieldRange,
  Graph,
  Initializer,
  Node,
  QuantizationAnnotation,
  SparseInitializer,
  ValueInfo,
} from './model.js';
import { parseNode } from './parse-node.js';
import { parseAnnotation } from './parse-annotation.js';
import { parseSparseTensor } from './parse-sparse-tensor.js';
import { parseTensor } from './parse-tensor.js';
import { parseValueInfo } from './parse-value-info.js';
import { placeCollector } from './tensor-places.js';

/** Message size up to which it is simply read: one scan window, so usually in memory already. */
const READ_WHOLE_BYTES = 1 << 14;

async function cursorOf(
  source: ByteSource,
  field: ScannedField,
  kind: keyof typeof LEAN_RECIPES | null,
): Promise<Cursor> {
  const length = field.end - field.valueStart;
  if (length <= READ_WHOLE_BYTES)
    return { bytes: await field.bytes(), at: 0, base: field.valueStart };
  if (kind === null) {
    if (length > MAX_MESSAGE_BYTES) throw limit('declaration', MAX_MESSAGE_BYTES, 'bytes');
    return { bytes: await field.bytes(), at: 0, base: field.valueStart };
  }
  const range = { start: field.valueStart, end: field.end };
  const bytes = await leanBytes(source, range, LEAN_RECIPES[kind]);
  return { bytes, at: 0, base: field.valueStart };
}

function limit(what: string, count: number, unit = ''): FeaturetapError {
  return new FeaturetapError(
    'MODEL_LIMIT',
    `Expected at most ${count} ${unit === '' ? `${what}s` : `${unit} in a ${what}`}, found more. ` +
      'No image classifier is that large; the file is hostile or damaged.',
  );
}

async function readInitializer(source: ByteSource, field: ScannedField): Promise<Initializer> {
  const { start, valueStart, end } = field;
  const places = placeCollector();
  const visit = (part: WireField): void => {
    places.visit(part);
  };
  let cursor: Cursor;
  if (end - valueStart <= READ_WHOLE_BYTES) {
    cursor = { bytes: await field.bytes(), at: 0, base: valueStart };
    for (const part of walkFields({ ...cursor })) visit(part);
  } else {
    const range = { start: valueStart, end };
    const bytes = await leanBytes(source, range, LEAN_RECIPES.tensor, { onField: visit });
    cursor = { bytes, at: 0, base: valueStart };
  }
  const { payload, dataLocation } = places;
  const at = { start, valueStart, end };
  return { ...parseTensor(cursor), at, places: { payload, dataLocation } };
}

/**
 * Reads the main graph: nodes, declared values and the headers of the weights.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED` or `MODEL_LIMIT`
 */
export async function readGraph(source: ByteSource, at: FieldRange): Promise<Graph> {
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const valueInfos: ValueInfo[] = [];
  const sparseInitializers: SparseInitializer[] = [];
  const annotations: QuantizationAnnotation[] = [];
  let textBytes = 0;
  for await (const field of scanFields(source, { start: at.valueStart, end: at.end })) {
    if (field.wireType !== WIRE.bytes) continue;
    const place: FieldRange = { start: field.start, valueStart: field.valueStart, end: field.end };
    switch (field.field) {
      case GRAPH.node: {
        const cursor = await cursorOf(source, field, 'node');
        textBytes += cursor.bytes.length;
        nodes.push({ ...parseNode(cursor), at: place });
        if (nodes.length > MAX_NODES) throw limit('node', MAX_NODES);
        break;
      }
      case GRAPH.initializer:
        initializers.push(await readInitializer(source, field));
        if (initializers.length > MAX_INITIALIZERS) throw limit('initializer', MAX_INITIALIZERS);
        break;
      case GRAPH.sparseInitializer:
        sparseInitializers.push({
          ...parseSparseTensor(await cursorOf(source, field, 'sparseTensor')),
          at: place,
        });
        if (sparseInitializers.length > MAX_INITIALIZERS) {
          throw limit('initializer', MAX_INITIALIZERS);
        }
        break;
      case GRAPH.quantizationAnnotation: {
        const cursor = await cursorOf(source, field, null);
        textBytes += cursor.bytes.length;
        annotations.push({ ...parseAnnotation(cursor), at: place });
        break;
      }
      case GRAPH.input:
        inputs.push({ ...parseValueInfo(await cursorOf(source, field, null)), at: place });
        break;
      case GRAPH.output:
        outputs.push({ ...parseValueInfo(await cursorOf(source, field, null)), at: place });
        break;
      case GRAPH.valueInfo: {
        const cursor = await cursorOf(source, field, null);
        textBytes += cursor.bytes.length;
        valueInfos.push({ ...parseValueInfo(cursor), at: place });
        break;
      }
    }
    if (textBytes > MAX_TEXT_BYTES) throw limit('graph', MAX_TEXT_BYTES, 'bytes of names');
  }
  return {
    at,
    nodes,
    initializers,
    sparseInitializers,
    annotations,
    inputs,
    outputs,
    valueInfos,
  };
}

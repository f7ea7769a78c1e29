import { FeaturetapError } from '@featuretap/core/spec';
import {
  decodeName,
  fieldBytes,
  fieldCursor,
  printableName,
  readInt64,
  walkFields,
  WIRE,
  type ByteSource,
  type Cursor,
} from '@featuretap/core/wire';
import { MAX_FUNCTIONS, MAX_MESSAGE_BYTES, MAX_NODES } from '../limits.js';
import { ATTRIBUTE, OPSET } from './fields.js';
import { FUNCTION } from './function-fields.js';
import { functionKey, type LocalFunction } from './local-function.js';
import type { FieldRange } from './model.js';

/**
 * Bytes of all functions together, which are kept in memory.
 *
 * The models with the most functions (one for each module) have less than 2 MB of them; weights are
 * arguments of the calls.
 */
export const MAX_FUNCTION_BYTES = 1 << 26;

function limit(most: string): FeaturetapError {
  return new FeaturetapError(
    'MODEL_LIMIT',
    `Expected model-local functions of at most ${most}, found more. ` +
      'No image classifier needs that; the file is hostile or damaged.',
  );
}

/** The domain under the name that it goes by: ONNX's own has two. */
export function normalDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function addOpset(cursor: Cursor, opsets: Map<string, number>): void {
  let domain = '';
  let version = 0;
  for (const field of walkFields(cursor)) {
    if (field.field === OPSET.domain && field.wireType === WIRE.bytes) {
      domain = decodeName(fieldBytes(cursor, field));
    } else if (field.field === OPSET.version && field.wireType === WIRE.varint) {
      version = readInt64(cursor);
    }
  }
  opsets.set(normalDomain(domain), version);
}

function attributeName(cursor: Cursor): string {
  let name = '';
  for (const field of walkFields(cursor)) {
    if (field.field === ATTRIBUTE.name && field.wireType === WIRE.bytes) {
      name = decodeName(fieldBytes(cursor, field));
    }
  }
  return name;
}

function parseFunction(cursor: Cursor, at: FieldRange): LocalFunction {
  const text = { domain: '', name: '', overload: '' };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: string[] = [];
  const attributeDefaults = new Map<string, Uint8Array>();
  const nodes: Uint8Array[] = [];
  const opsets = new Map<string, number>();
  for (const field of walkFields(cursor)) {
    if (field.wireType !== WIRE.bytes) continue;
    const bytes = fieldBytes(cursor, field);
    if (field.field === FUNCTION.node) nodes.push(bytes);
    else if (field.field === FUNCTION.name) text.name = decodeName(bytes);
    else if (field.field === FUNCTION.domain) text.domain = normalDomain(decodeName(bytes));
    else if (field.field === FUNCTION.overload) text.overload = decodeName(bytes);
    else if (field.field === FUNCTION.input) inputs.push(decodeName(bytes));
    else if (field.field === FUNCTION.output) outputs.push(decodeName(bytes));
    else if (field.field === FUNCTION.attribute) attributes.push(decodeName(bytes));
    else if (field.field === FUNCTION.opsetImport) addOpset(fieldCursor(cursor, field), opsets);
    else if (field.field === FUNCTION.attributeProto) {
      attributeDefaults.set(attributeName(fieldCursor(cursor, field)), bytes);
    }
  }
  return { ...text, inputs, outputs, attributes, attributeDefaults, nodes, opsets, at };
}

/**
 * Reads model-local functions: declarations, and bodies as the bytes of their nodes.
 *
 * @param ranges - the `functions` fields of the model.
 * @returns the functions by {@link functionKey}.
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED` (also when two functions have one
 * identity) or `MODEL_LIMIT`
 */
export async function readFunctions(
  source: ByteSource,
  ranges: readonly FieldRange[],
): Promise<ReadonlyMap<string, LocalFunction>> {
  if (ranges.length > MAX_FUNCTIONS) throw limit(`${MAX_FUNCTIONS} in number`);
  const functions = new Map<string, LocalFunction>();
  let bytes = 0;
  let nodes = 0;
  for (const at of ranges) {
    const length = at.end - at.valueStart;
    if (length > MAX_MESSAGE_BYTES) throw limit(`${MAX_MESSAGE_BYTES} bytes each`);
    bytes += length;
    if (bytes > MAX_FUNCTION_BYTES) throw limit(`${MAX_FUNCTION_BYTES} bytes together`);
    const value = await source.read(at.valueStart, at.end);
    const read = parseFunction({ bytes: value, at: 0, base: at.valueStart }, at);
    nodes += read.nodes.length;
    if (nodes > MAX_NODES) throw limit(`${MAX_NODES} nodes together`);
    const key = functionKey(read);
    if (functions.has(key)) {
      throw new FeaturetapError(
        'MODEL_MALFORMED',
        `Expected each model-local function once, found "${printableName(read.name)}" of domain ` +
          `"${printableName(read.domain)}" again at byte ${at.start}. ` +
          'Check the model with onnx.checker.',
      );
    }
    functions.set(key, read);
  }
  return functions;
}

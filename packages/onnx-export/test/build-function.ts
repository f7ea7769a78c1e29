// Builds models with model-local functions byte by byte.
import {
  concatBytes,
  int64Field,
  messageField,
  stringField,
  varintField,
} from '../src/proto/encode.js';
import { ATTRIBUTE, ENTRY, GRAPH, MODEL, NODE, OPSET } from '../src/proto/fields.js';
import { CALL, FUNCTION, REFERENCE } from '../src/proto/function-fields.js';

/** Field numbers are messages' own; values are encoded fields. */
type Fields = readonly Uint8Array[];

export interface NodeParts {
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly overload?: string;
  /** `attribute` fields and others, encoded. */
  readonly more?: Fields;
}

/** `NodeProto` bytes. */
export function nodeBytes(parts: NodeParts): Uint8Array {
  const { op, inputs = [], outputs, name, domain, overload, more = [] } = parts;
  return concatBytes([
    ...inputs.map((input) => stringField(NODE.input, input)),
    ...outputs.map((output) => stringField(NODE.output, output)),
    ...(name === undefined ? [] : [stringField(NODE.name, name)]),
    stringField(NODE.opType, op),
    ...(domain === undefined ? [] : [stringField(NODE.domain, domain)]),
    ...(overload === undefined ? [] : [stringField(CALL.overload, overload)]),
    ...more,
  ]);
}

/** A node's `attribute` field of kind INT. */
export function intAttribute(name: string, value: number): Uint8Array {
  return messageField(NODE.attribute, [
    stringField(ATTRIBUTE.name, name),
    int64Field(ATTRIBUTE.int, value),
    varintField(ATTRIBUTE.type, 2),
  ]);
}

/** A node's `attribute` field that takes the value of an attribute of the function. */
export function reference(name: string, to: string, type: number): Uint8Array {
  return messageField(NODE.attribute, [
    stringField(ATTRIBUTE.name, name),
    varintField(ATTRIBUTE.type, type),
    stringField(REFERENCE.attributeName, to),
  ]);
}

/** A node's `attribute` field of kind GRAPH. */
export function graphAttribute(name: string, graph: Fields): Uint8Array {
  return messageField(NODE.attribute, [
    stringField(ATTRIBUTE.name, name),
    messageField(ATTRIBUTE.graph, [stringField(GRAPH.name, name), ...graph]),
    varintField(ATTRIBUTE.type, 5),
  ]);
}

/** A `node` field of a graph. */
export function nodeField(parts: NodeParts): Uint8Array {
  return messageField(GRAPH.node, [nodeBytes(parts)]);
}

/** An `output` field of a graph, without type. */
export function outputField(name: string): Uint8Array {
  return messageField(GRAPH.output, [stringField(1, name)]);
}

/** An entry of a node's `metadata_props`. */
export function metadataField(key: string, value: string): Uint8Array {
  return messageField(NODE.metadataProps, [
    stringField(ENTRY.key, key),
    stringField(ENTRY.value, value),
  ]);
}

export interface FunctionParts {
  readonly name: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly NodeParts[];
  readonly opsets?: Readonly<Record<string, number>>;
}

export function opsetField(field: number, domain: string, version: number): Uint8Array {
  return messageField(field, [
    stringField(OPSET.domain, domain),
    varintField(OPSET.version, version),
  ]);
}

/** A `functions` field of a model. */
export function functionField(parts: FunctionParts): Uint8Array {
  const { name, domain = 'local', overload, inputs, outputs, nodes, opsets = { '': 18 } } = parts;
  return messageField(MODEL.functions, [
    stringField(FUNCTION.name, name),
    ...inputs.map((input) => stringField(FUNCTION.input, input)),
    ...outputs.map((output) => stringField(FUNCTION.output, output)),
    ...nodes.map((node) => messageField(FUNCTION.node, [nodeBytes(node)])),
    ...Object.entries(opsets).map(([key, version]) =>
      opsetField(FUNCTION.opsetImport, key, version),
    ),
    stringField(FUNCTION.domain, domain),
    ...(overload === undefined ? [] : [stringField(FUNCTION.overload, overload)]),
  ]);
}

/** A model with the input `x`, float [2, 3], and the output `y` of the last node. */
export function functionModel(
  nodes: readonly NodeParts[],
  functions: readonly FunctionParts[],
  opsets: Readonly<Record<string, number>> = { '': 18, local: 1 },
): Uint8Array {
  const shape = messageField(
    2,
    [2, 3].map((size) => messageField(1, [varintField(1, size)])),
  );
  const type = messageField(2, [messageField(1, [varintField(1, 1), shape])]);
  return concatBytes([
    varintField(MODEL.irVersion, 10),
    messageField(MODEL.graph, [
      ...nodes.map(nodeField),
      stringField(GRAPH.name, 'test'),
      messageField(GRAPH.input, [stringField(1, 'x'), type]),
      outputField('y'),
    ]),
    ...Object.entries(opsets).map(([key, version]) => opsetField(MODEL.opsetImport, key, version)),
    ...functions.map(functionField),
  ]);
}

import type { Dim } from '@featuretap/core/spec';
import {
  bytesField,
  concatBytes,
  int64Field,
  messageField,
  stringField,
  varintField,
} from '../proto/encode.js';
import {
  ATTRIBUTE,
  DIMENSION,
  ENTRY,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from '../proto/fields.js';
import type { NewAttribute, NewInitializer, NewNode, NewValueInfo } from '../passes/graph-edit.js';

/** `AttributeProto.AttributeType` */
const ATTRIBUTE_TYPE = { int: 2, tensor: 4, ints: 7 } as const;

function encodeAttribute({ name, int, ints }: NewAttribute): Uint8Array {
  const value =
    ints === undefined
      ? [int64Field(ATTRIBUTE.int, int ?? 0), varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.int)]
      : [
          ...ints.map((item) => int64Field(ATTRIBUTE.ints, item)),
          varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.ints),
        ];
  return messageField(NODE.attribute, [stringField(ATTRIBUTE.name, name), ...value]);
}

/** A node as a field of the graph. */
export function encodeNode(node: NewNode): Uint8Array {
  return messageField(GRAPH.node, [
    ...node.inputs.map((name) => stringField(NODE.input, name)),
    ...node.outputs.map((name) => stringField(NODE.output, name)),
    stringField(NODE.name, node.name),
    stringField(NODE.opType, node.opType),
    ...node.attributes.map(encodeAttribute),
  ]);
}

function tensorFields({ dims, dataType, raw }: NewInitializer, name: string): Uint8Array[] {
  return [
    ...dims.map((dim) => int64Field(TENSOR.dims, dim)),
    varintField(TENSOR.dataType, dataType),
    ...(name === '' ? [] : [stringField(TENSOR.name, name)]),
    bytesField(TENSOR.rawData, raw),
  ];
}

/** A constant as a field of the graph. */
export function encodeInitializer(tensor: NewInitializer): Uint8Array {
  return messageField(GRAPH.initializer, tensorFields(tensor, tensor.name));
}

/**
 * A constant as a `Constant` node: files before IR version 4 must list initializers among their
 * inputs, where callers would see them.
 */
export function encodeConstantNode(tensor: NewInitializer): Uint8Array {
  const value = messageField(NODE.attribute, [
    stringField(ATTRIBUTE.name, 'value'),
    messageField(ATTRIBUTE.tensor, tensorFields(tensor, '')),
    varintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.tensor),
  ]);
  return messageField(GRAPH.node, [
    stringField(NODE.output, tensor.name),
    stringField(NODE.name, tensor.name),
    stringField(NODE.opType, 'Constant'),
    value,
  ]);
}

function encodeDim(dim: Dim): Uint8Array {
  const value =
    typeof dim === 'number' ? int64Field(DIMENSION.value, dim) : stringField(DIMENSION.param, dim);
  return messageField(SHAPE.dim, [value]);
}

/** Type and shape of a value as far as they are known: the ONNX checker asks for both. */
function encodeType({ dataType, shape }: NewValueInfo): Uint8Array[] {
  if (dataType === undefined) return [];
  const tensor = [
    varintField(TENSOR_TYPE.elemType, dataType),
    ...(shape === undefined ? [] : [messageField(TENSOR_TYPE.shape, shape.map(encodeDim))]),
  ];
  return [messageField(VALUE_INFO.type, [messageField(TYPE.tensor, tensor)])];
}

function encodeValueInfo(field: number, info: NewValueInfo): Uint8Array {
  return messageField(field, [stringField(VALUE_INFO.name, info.name), ...encodeType(info)]);
}

/** An input as a field of the graph. */
export function encodeInput(info: NewValueInfo): Uint8Array {
  return encodeValueInfo(GRAPH.input, info);
}

/** An output as a field of the graph. */
export function encodeOutput(info: NewValueInfo): Uint8Array {
  return encodeValueInfo(GRAPH.output, info);
}

/** Imports of operator sets as fields of the model. */
export function encodeOpsets(opsets: ReadonlyMap<string, number>): Uint8Array {
  return encodeAll([...opsets], ([domain, version]) =>
    messageField(MODEL.opsetImport, [
      stringField(OPSET.domain, domain),
      int64Field(OPSET.version, version),
    ]),
  );
}

/** A metadata entry as a field of the model. */
export function encodeMetadata(key: string, value: string): Uint8Array {
  return messageField(MODEL.metadataProps, [
    stringField(ENTRY.key, key),
    stringField(ENTRY.value, value),
  ]);
}

/** All nodes, constants, inputs or outputs of an edit, joined. */
export function encodeAll<T>(items: readonly T[], encode: (item: T) => Uint8Array): Uint8Array {
  return concatBytes(items.map(encode));
}

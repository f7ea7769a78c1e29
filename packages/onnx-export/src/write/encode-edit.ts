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
  DATA_TYPE,
  DIMENSION,
  ENTRY,
  GRAPH,
  MODEL,
  NODE,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from '../proto/fields.js';
import type { NewAttribute, NewInitializer, NewNode, NewOutput } from '../passes/graph-edit.js';

/** `AttributeProto.AttributeType` */
const ATTRIBUTE_TYPE = { int: 2, ints: 7 } as const;

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

/** A constant as a field of the graph: little-endian `raw_data`. */
export function encodeInitializer({ name, dims, values }: NewInitializer): Uint8Array {
  const raw = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => {
    raw.setBigInt64(8 * i, BigInt(value), true);
  });
  return messageField(GRAPH.initializer, [
    ...dims.map((dim) => int64Field(TENSOR.dims, dim)),
    varintField(TENSOR.dataType, DATA_TYPE.int64),
    stringField(TENSOR.name, name),
    bytesField(TENSOR.rawData, new Uint8Array(raw.buffer)),
  ]);
}

function encodeDim(dim: Dim): Uint8Array {
  const value =
    typeof dim === 'number' ? int64Field(DIMENSION.value, dim) : stringField(DIMENSION.param, dim);
  return messageField(SHAPE.dim, [value]);
}

/** An output as a field of the graph, with its type: the ONNX checker asks for it. */
export function encodeOutput({ name, dataType, shape }: NewOutput): Uint8Array {
  const tensor = [
    varintField(TENSOR_TYPE.elemType, dataType),
    messageField(TENSOR_TYPE.shape, shape.map(encodeDim)),
  ];
  return messageField(GRAPH.output, [
    stringField(VALUE_INFO.name, name),
    messageField(VALUE_INFO.type, [messageField(TYPE.tensor, tensor)]),
  ]);
}

/** A metadata entry as a field of the model. */
export function encodeMetadata(key: string, value: string): Uint8Array {
  return messageField(MODEL.metadataProps, [
    stringField(ENTRY.key, key),
    stringField(ENTRY.value, value),
  ]);
}

/** All nodes, constants or outputs of an edit, joined. */
export function encodeAll<T>(items: readonly T[], encode: (item: T) => Uint8Array): Uint8Array {
  return concatBytes(items.map(encode));
}

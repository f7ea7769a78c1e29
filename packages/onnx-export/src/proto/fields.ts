// Field numbers of the messages that are read or written.
// Source: https://github.com/onnx/onnx/blob/v1.20.0/onnx/onnx.proto (IR version 13), same numbers
// in every later release.

/** `ModelProto` */
export const MODEL = {
  irVersion: 1,
  producerName: 2,
  producerVersion: 3,
  graph: 7,
  opsetImport: 8,
  metadataProps: 14,
  functions: 25,
} as const;

/** `GraphProto` */
export const GRAPH = {
  node: 1,
  name: 2,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  quantizationAnnotation: 14,
  sparseInitializer: 15,
} as const;

/** `NodeProto` */
export const NODE = {
  input: 1,
  output: 2,
  name: 3,
  opType: 4,
  attribute: 5,
  domain: 7,
  metadataProps: 9,
} as const;

/** `AttributeProto` */
export const ATTRIBUTE = {
  name: 1,
  float: 2,
  int: 3,
  string: 4,
  tensor: 5,
  graph: 6,
  floats: 7,
  ints: 8,
  strings: 9,
  tensors: 10,
  graphs: 11,
  type: 20,
  sparseTensor: 22,
  sparseTensors: 23,
} as const;

/** `TensorProto` */
export const TENSOR = {
  dims: 1,
  dataType: 2,
  floatData: 4,
  int32Data: 5,
  stringData: 6,
  int64Data: 7,
  name: 8,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
  externalData: 13,
  dataLocation: 14,
} as const;

/** `SparseTensorProto` */
export const SPARSE_TENSOR = { values: 1, indices: 2, dims: 3 } as const;

/** `TensorAnnotation` */
export const ANNOTATION = { tensorName: 1, parameters: 2 } as const;

/** `ValueInfoProto` */
export const VALUE_INFO = { name: 1, type: 2 } as const;

/** `TypeProto` */
export const TYPE = { tensor: 1, sequence: 4, map: 5, sparseTensor: 8, optional: 9 } as const;

/** `TypeProto.Tensor` */
export const TENSOR_TYPE = { elemType: 1, shape: 2 } as const;

/** `TensorShapeProto` */
export const SHAPE = { dim: 1 } as const;

/** `TensorShapeProto.Dimension` */
export const DIMENSION = { value: 1, param: 2 } as const;

/** `StringStringEntryProto`, `OperatorSetIdProto`: two fields each. */
export const ENTRY = { key: 1, value: 2 } as const;

/** `OperatorSetIdProto` */
export const OPSET = { domain: 1, version: 2 } as const;

/** `TensorProto.DataType`, the types that occur in classifiers. */
export const DATA_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

const FLOAT_TYPES: ReadonlySet<number> = new Set([
  DATA_TYPE.float32,
  DATA_TYPE.float16,
  DATA_TYPE.float64,
  DATA_TYPE.bfloat16,
]);

/** Whether a `TensorProto.DataType` is floating-point. */
export function isFloatType(dataType: number): boolean {
  return FLOAT_TYPES.has(dataType);
}

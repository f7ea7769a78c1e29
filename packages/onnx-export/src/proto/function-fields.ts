// Field numbers that only model-local functions and their calls need.
// Source: https://github.com/onnx/onnx/blob/v1.20.0/onnx/onnx.proto (IR version 13).

/** `FunctionProto` */
export const FUNCTION = {
  name: 1,
  input: 4,
  output: 5,
  attribute: 6,
  node: 7,
  opsetImport: 9,
  domain: 10,
  attributeProto: 11,
  overload: 13,
} as const;

/** `NodeProto`, the fields that nothing else reads */
export const CALL = { overload: 8, deviceConfigurations: 10 } as const;

/** `AttributeProto`, the field that names an attribute of the call */
export const REFERENCE = { attributeName: 21 } as const;

/** `NodeDeviceConfigurationProto` */
export const DEVICE_CONFIGURATION = { shardingSpec: 2 } as const;

/** `ShardingSpecProto` */
export const SHARDING_SPEC = { tensorName: 1 } as const;

import { DTYPE_BYTES, FeaturetapError, type DType } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { DATA_TYPE } from '../proto/fields.js';
import type { Model } from '../proto/model.js';
import type { DataTypes } from './field-value.js';

/** Element types that onnxruntime-node returns as typed arrays, by `TensorProto.DataType`. */
const DTYPES: ReadonlyMap<number, DType> = new Map(
  (Object.keys(DTYPE_BYTES) as DType[]).map((name) => [DATA_TYPE[name], name]),
);

/** Names of the types that it does not return, and the opset from which Cast takes them; 0: none. */
const OTHERS: ReadonlyMap<number, readonly [name: string, castOpset: number]> = new Map([
  [14, ['complex64', 0]],
  [15, ['complex128', 0]],
  [16, ['bfloat16', 13]],
  [17, ['float8e4m3fn', 19]],
  [18, ['float8e4m3fnuz', 19]],
  [19, ['float8e5m2', 19]],
  [20, ['float8e5m2fnuz', 19]],
  [21, ['uint4', 21]],
  [22, ['int4', 21]],
  [23, ['float4e2m1', 23]],
  [24, ['float8e8m0', 24]],
  [25, ['uint2', 25]],
  [26, ['int2', 25]],
]);

/** The dtype of a `TensorProto.DataType`, or undefined for what a typed array cannot hold. */
export function dtypeOf(dataType: number): DType | undefined {
  return DTYPES.get(dataType);
}

/** Whether onnxruntime-node opens a file with an output of this type; strings it returns too. */
export function isReturnable(dataType: number): boolean {
  return DTYPES.has(dataType) || dataType === DATA_TYPE.string;
}

/** Whether a Cast to float32 takes a type in an opset. */
export function isCastable(dataType: number, opset: number): boolean {
  const from = OTHERS.get(dataType)?.[1] ?? 0;
  return from > 0 && opset >= from;
}

/** Name of a `TensorProto.DataType` for messages. */
export function dataTypeName(dataType: number): string {
  const name = DTYPES.get(dataType) ?? OTHERS.get(dataType)?.[0];
  if (name !== undefined) return name;
  return dataType === DATA_TYPE.string ? 'string' : `data type ${dataType} of TensorProto.DataType`;
}

/**
 * Refuses a model that onnxruntime-node does not open, whatever is added to it.
 *
 * @throws FeaturetapError `MODEL_UNSUPPORTED` when an input or output is of a type that it lacks.
 */
export function refuseUnreturnable({ graph }: Model, types: DataTypes): void {
  const ends = [
    ...graph.outputs.map(({ name }) => ['output', name] as const),
    ...graph.inputs.map(({ name }) => ['input', name] as const),
  ];
  for (const [kind, name] of ends) {
    const type = types.get(name);
    if (type === undefined || isReturnable(type)) continue;
    throw new FeaturetapError(
      'MODEL_UNSUPPORTED',
      `Expected inputs and outputs of types that onnxruntime-node opens, but the ${kind} ` +
        `"${printableName(name)}" of the file is ${dataTypeName(type)}. Export the model with ` +
        `float32 or float16 inputs and outputs; what is inside may stay ${dataTypeName(type)}.`,
    );
  }
}

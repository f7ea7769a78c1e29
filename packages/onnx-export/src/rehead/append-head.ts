import { appendNode, castValue } from '../passes/append-node.js';
import { fieldSource, fieldValue, type DataTypes, type FieldDtype } from '../passes/field-value.js';
import { freeName, type GraphEdit, type NewInitializer } from '../passes/graph-edit.js';
import { int64Initializer } from '../passes/int64-initializer.js';
import { DATA_TYPE } from '../proto/fields.js';
import { encodeFloats } from './encode-floats.js';
import type { HeadField, NewHead } from './new-head.js';

/** Opset from which Gemm needs no third input. */
const OPTIONAL_BIAS_OPSET = 11;

/** Opset from which Gemm broadcasts its bias without being told to. */
const BROADCAST_OPSET = 7;

/** A classifier to add. */
export interface HeadNodes {
  /** The features that it works on. */
  readonly pooled: HeadField;
  /** Its numbers. */
  readonly head: NewHead;
  /** Element types of the graph's values. */
  readonly types: DataTypes;
  /** Element type that it computes in; null for that of the features. */
  readonly dtype: FieldDtype | null;
  /** `TensorProto.DataType` number of the result, when it is not the type that it computes in. */
  readonly resultType?: number;
  /** Used in the names of nodes and weights. */
  readonly label: string;
  /** Name of the value that it makes. */
  readonly output: string;
  /** Sizes behind the batch that the value is to have, when it is not [N, classes]. */
  readonly reshape?: readonly number[];
}

/** A classifier that was added. */
export interface AppendedHead {
  /** The edit with its nodes at the end. */
  readonly edit: GraphEdit;
  /** Element type that it computes in. */
  readonly dtype: FieldDtype;
}

/** Adds a constant under a free name. */
function addConstant(
  edit: GraphEdit,
  name: string,
  make: (name: string) => NewInitializer,
): { edit: GraphEdit; name: string } {
  const tensor = make(freeName(edit, name));
  return {
    edit: { ...edit, initializers: [...edit.initializers, tensor] },
    name: tensor.name,
  };
}

/**
 * Appends the nodes of a linear classifier on pooled, with the dequantisation, Cast and adapter that
 * pooled needs.
 *
 * @throws FeaturetapError `INPUT_INVALID` when float16 cannot hold its numbers, `MODEL_UNSUPPORTED` as
 * fieldValue
 */
export function appendHead(start: GraphEdit, request: HeadNodes): AppendedHead {
  const { head, types, label, reshape, resultType } = request;
  const source = fieldSource(start, types, request.pooled, { dtype: request.dtype, reduce: null });
  const pooled = fieldValue(start, types, source, label);
  let { edit } = pooled;
  const dataType = DATA_TYPE[source.dtype];
  const opset = edit.index.model.opsets.get('') ?? OPTIONAL_BIAS_OPSET;
  const floats = (dims: readonly number[], data: Float32Array, what: string): string => {
    const raw = encodeFloats(data, source.dtype, what);
    const made = addConstant(edit, `featuretap/${label}/${what}`, (name) => {
      return { name, dims, dataType, raw };
    });
    edit = made.edit;
    return made.name;
  };
  const { weight, bias } = head;
  const inputs = [pooled.value, floats(weight.shape, weight.data, 'weight')];
  if (bias !== undefined || opset < OPTIONAL_BIAS_OPSET) {
    const classes = weight.shape[0] ?? 0;
    inputs.push(floats([classes], bias?.data ?? new Float32Array(classes), 'bias'));
  }
  const attributes = [
    { name: 'transB', int: 1 },
    ...(opset < BROADCAST_OPSET ? [{ name: 'broadcast', int: 1 }] : []),
  ];
  let made = appendNode(edit, label, { opType: 'Gemm', inputs, attributes });
  if (resultType !== undefined && resultType !== dataType)
    made = castValue(made, resultType, label);
  if (reshape !== undefined) {
    // 0 keeps the batch.
    const shape = addConstant(made.edit, `featuretap/${label}/shape`, (name) =>
      int64Initializer(name, [0, ...reshape]),
    );
    const reshaped = { opType: 'Reshape', inputs: [made.value, shape.name] };
    made = appendNode(shape.edit, label, reshaped);
  }
  // The last node makes the value itself.
  const nodes = made.edit.nodes.map((node, i, { length }) =>
    i === length - 1 ? { ...node, outputs: [request.output] } : node,
  );
  return { edit: { ...made.edit, nodes }, dtype: source.dtype };
}

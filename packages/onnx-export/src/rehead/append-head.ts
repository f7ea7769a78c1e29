import {
  freeName,
  type GraphEdit,
  type NewInitializer,
  type NewNode,
} from '../passes/graph-edit.js';
import { insertAdapter } from '../passes/insert-adapter.js';
import { int64Initializer } from '../passes/int64-initializer.js';
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
  /** `TensorProto.DataType` number that it computes in and returns. */
  readonly dataType: number;
  /** `TensorProto.DataType` number of the features. */
  readonly pooledType: number;
  /** Used in the names of nodes and weights. */
  readonly label: string;
  /** Name of the value that it makes. */
  readonly output: string;
  /** Sizes behind the batch that the value is to have, when it is not [N, classes]. */
  readonly reshape?: readonly number[];
}

/** Appends a Cast behind a value. */
function castTo(
  { edit, value }: { readonly edit: GraphEdit; readonly value: string },
  dataType: number,
  label: string,
): { edit: GraphEdit; value: string } {
  const name = freeName(edit, `featuretap/${label}/Cast`);
  const node: NewNode = {
    name,
    opType: 'Cast',
    inputs: [value],
    outputs: [name],
    attributes: [{ name: 'to', int: dataType }],
  };
  return { edit: { ...edit, nodes: [...edit.nodes, node] }, value: name };
}

/** Appends the nodes of a linear classifier on pooled, with the adapter that pooled needs. */
export function appendHead(start: GraphEdit, request: HeadNodes): GraphEdit {
  const { pooled, head, dataType, label, output, reshape } = request;
  const adapted =
    pooled.adapter === null
      ? { edit: start, value: pooled.value }
      : insertAdapter(start, pooled.value, pooled.adapter, label);
  const { edit, value } =
    request.pooledType === dataType ? adapted : castTo(adapted, dataType, label);
  const opset = edit.index.model.opsets.get('') ?? OPTIONAL_BIAS_OPSET;
  const initializers = [...edit.initializers];
  const add = (made: (name: string) => NewInitializer, name: string): string => {
    const tensor = made(freeName({ ...edit, initializers }, `featuretap/${label}/${name}`));
    initializers.push(tensor);
    return tensor.name;
  };
  const floats = (dims: readonly number[], data: Float32Array, what: string): string =>
    add((name) => ({ name, dims, dataType, raw: encodeFloats(data, dataType, what) }), what);

  const classes = head.weight.shape[0] ?? 0;
  const inputs = [value, floats(head.weight.shape, head.weight.data, 'weight')];
  if (head.bias !== undefined || opset < OPTIONAL_BIAS_OPSET) {
    inputs.push(floats([classes], head.bias?.data ?? new Float32Array(classes), 'bias'));
  }
  const name = freeName(edit, `featuretap/${label}/Gemm`);
  const gemm: NewNode = {
    name,
    opType: 'Gemm',
    inputs,
    outputs: [reshape === undefined ? output : name],
    attributes: [
      { name: 'transB', int: 1 },
      ...(opset < BROADCAST_OPSET ? [{ name: 'broadcast', int: 1 }] : []),
    ],
  };
  if (reshape === undefined) return { ...edit, initializers, nodes: [...edit.nodes, gemm] };
  // 0 keeps the batch.
  const shape = add((tensor) => int64Initializer(tensor, [0, ...reshape]), 'shape');
  const node: NewNode = {
    name: freeName(edit, `featuretap/${label}/Reshape`),
    opType: 'Reshape',
    inputs: [name, shape],
    outputs: [output],
    attributes: [],
  };
  return { ...edit, initializers, nodes: [...edit.nodes, gemm, node] };
}

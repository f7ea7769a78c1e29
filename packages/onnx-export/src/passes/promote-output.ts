import type { Dim } from '@featuretap/core/spec';
import { freeName, isReserved, type GraphEdit } from './graph-edit.js';

/** The output that a value is to become. */
export interface PromoteRequest {
  /** Value to expose. */
  readonly value: string;
  /** Name of the output; it gets a suffix when it is taken. */
  readonly name: string;
  /** `TensorProto.DataType` number; left out when it is not known. */
  readonly dataType?: number;
  /** Shape; left out when it is not known. */
  readonly shape?: readonly Dim[];
}

/**
 * The operator that gives a value its new name.
 *
 * onnxruntime (seen in 1.30) removes an Identity by renaming the value itself. Where a Pad uses that
 * value and is fused into the pooling or convolution behind it, the fusion still looks for the old
 * name and the file does not load. A Sum of one value is a copy that is left alone.
 */
function renamingOperator({ index }: GraphEdit, value: string): 'Identity' | 'Sum' {
  const users = index.consumersOf.get(value) ?? [];
  return users.some(({ opType }) => opType === 'Pad') ? 'Sum' : 'Identity';
}

/**
 * Exposes a value as a graph output.
 *
 * In ONNX an output is named by its value, and existing nodes stay as they are: an Identity gives
 * the value its new name. The last node of an adapter is renamed instead, and a value that has the
 * wanted name already needs neither.
 */
export function promoteOutput(
  edit: GraphEdit,
  request: PromoteRequest,
): { edit: GraphEdit; name: string } {
  const { value, ...declaration } = request;
  // An input or a weight becomes an output under a name of its own: onnxruntime lost such outputs
  // when it optimised (https://github.com/microsoft/onnxruntime/issues/13425).
  if (request.name === value && edit.index.producerOf.has(value) && !isReserved(value)) {
    return { edit: { ...edit, outputs: [...edit.outputs, declaration] }, name: request.name };
  }
  const name = freeName(edit, request.name);
  const last = edit.nodes.at(-1);
  const made = last?.outputs[0] === value;
  const opType = renamingOperator(edit, value);
  const nodes =
    last !== undefined && made
      ? [...edit.nodes.slice(0, -1), { ...last, outputs: [name] }]
      : [
          ...edit.nodes,
          {
            // By the name that it gets: two nodes of one name do not load.
            name: freeName(edit, `featuretap/${name}/${opType}`),
            opType,
            inputs: [value],
            outputs: [name],
            attributes: [],
          },
        ];
  const outputs = [...edit.outputs, { ...declaration, name }];
  return { edit: { ...edit, nodes, outputs }, name };
}

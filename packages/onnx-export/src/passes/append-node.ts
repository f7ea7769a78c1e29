import { freeName, type GraphEdit, type NewNode } from './graph-edit.js';

/** An edit, and the value at its end. */
export interface EditedValue {
  /** The edit so far. */
  readonly edit: GraphEdit;
  /** Name of the value. */
  readonly value: string;
}

/**
 * Appends a node of ONNX's own set that makes one value.
 *
 * @param label - name of the output that it is for; part of the node's name.
 */
export function appendNode(
  edit: GraphEdit,
  label: string,
  node: Pick<NewNode, 'opType' | 'inputs'> & Partial<Pick<NewNode, 'attributes'>>,
): EditedValue {
  const name = freeName(edit, `featuretap/${label}/${node.opType}`);
  const made: NewNode = { attributes: [], ...node, name, outputs: [name] };
  return { edit: { ...edit, nodes: [...edit.nodes, made] }, value: name };
}

/**
 * Appends a Cast.
 *
 * @param to - `TensorProto.DataType` number.
 */
export function castValue({ edit, value }: EditedValue, to: number, label: string): EditedValue {
  const attributes = [{ name: 'to', int: to }];
  return appendNode(edit, label, { opType: 'Cast', inputs: [value], attributes });
}

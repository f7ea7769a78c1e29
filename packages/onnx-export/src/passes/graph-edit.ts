import type { Dim } from '@featuretap/core/spec';
import type { GraphIndex } from '../graph/graph-index.js';

/** An attribute of a node to insert. */
export interface NewAttribute {
  /** Name. */
  readonly name: string;
  /** `INT` */
  readonly int?: number;
  /** `INTS` */
  readonly ints?: readonly number[];
}

/** A node to insert. */
export interface NewNode {
  /** Name. */
  readonly name: string;
  /** Operator of ONNX's own set. */
  readonly opType: string;
  /** Values it takes. */
  readonly inputs: readonly string[];
  /** Values it makes. */
  readonly outputs: readonly string[];
  /** Attributes. */
  readonly attributes: readonly NewAttribute[];
}

/** A small int64 constant to insert. */
export interface NewInitializer {
  /** Name. */
  readonly name: string;
  /** Shape; empty for a scalar. */
  readonly dims: readonly number[];
  /** Values, row-major. */
  readonly values: readonly number[];
}

/** A graph output to add. */
export interface NewOutput {
  /** Name of the output, which is the name of the value. */
  readonly name: string;
  /** `TensorProto.DataType` number. */
  readonly dataType: number;
  /** Shape. */
  readonly shape: readonly Dim[];
}

/** What will be added to a graph; the graph itself stays as it is. Passes return a new one. */
export interface GraphEdit {
  /** The graph. */
  readonly index: GraphIndex;
  /** Nodes to insert, each behind those it depends on. */
  readonly nodes: readonly NewNode[];
  /** Constants to insert. */
  readonly initializers: readonly NewInitializer[];
  /** Outputs to add. */
  readonly outputs: readonly NewOutput[];
}

/** An edit that changes nothing. */
export function emptyEdit(index: GraphIndex): GraphEdit {
  return { index, nodes: [], initializers: [], outputs: [] };
}

/** Whether a value of this name exists, or will. */
function isTaken(edit: GraphEdit, name: string): boolean {
  const { producerOf, constantOf, declarationOf, consumersOf } = edit.index;
  return (
    producerOf.has(name) ||
    constantOf.has(name) ||
    declarationOf.has(name) ||
    consumersOf.has(name) ||
    edit.initializers.some((tensor) => tensor.name === name) ||
    edit.nodes.some((node) => node.outputs.includes(name))
  );
}

/** `wanted`, with a suffix when a value of that name exists. */
export function freeName(edit: GraphEdit, wanted: string): string {
  let name = wanted;
  for (let suffix = 1; isTaken(edit, name); suffix++) name = `${wanted}_${suffix}`;
  return name;
}

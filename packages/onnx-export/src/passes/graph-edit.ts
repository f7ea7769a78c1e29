import type { Dim } from '@featuretap/core/spec';
import type { GraphIndex } from '../graph/graph-index.js';
import type { FieldRange } from '../proto/model.js';

/** An attribute of a node to insert; one member is set. */
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

/** A constant to insert. */
export interface NewInitializer {
  /** Name. */
  readonly name: string;
  /** Shape; empty for a scalar. */
  readonly dims: readonly number[];
  /** `TensorProto.DataType` number. */
  readonly dataType: number;
  /** Elements, row-major, little-endian: `raw_data`. */
  readonly raw: Uint8Array;
}

/** A graph input or output to add. */
export interface NewValueInfo {
  /** Name of the value. */
  readonly name: string;
  /** `TensorProto.DataType` number; left out when it is not known. */
  readonly dataType?: number;
  /** Shape; left out when it is not known. */
  readonly shape?: readonly Dim[];
}

/** What will change in a graph; the graph itself stays as it is. Passes return a new edit. */
export interface GraphEdit {
  /** The graph. */
  readonly index: GraphIndex;
  /** Nodes to insert in front of all others, each behind those it depends on. */
  readonly prologue: readonly NewNode[];
  /** Nodes to insert behind all others, each behind those it depends on. */
  readonly nodes: readonly NewNode[];
  /** Constants to insert. */
  readonly initializers: readonly NewInitializer[];
  /** Inputs to add. */
  readonly inputs: readonly NewValueInfo[];
  /** Outputs to add. */
  readonly outputs: readonly NewValueInfo[];
  /** Fields of the graph or the model to leave out. */
  readonly removed: ReadonlySet<FieldRange>;
  /** Fields of the graph to write anew: the fields that stand in their place, encoded. */
  readonly replaced: ReadonlyMap<FieldRange, Uint8Array>;
}

/** An edit that changes nothing. */
export function emptyEdit(index: GraphIndex): GraphEdit {
  return {
    index,
    prologue: [],
    nodes: [],
    initializers: [],
    inputs: [],
    outputs: [],
    removed: new Set(),
    replaced: new Map(),
  };
}

/** Whether a value of this name exists, or will. */
export function isTaken(edit: GraphEdit, name: string): boolean {
  const { producerOf, constantOf, declarationOf, consumersOf } = edit.index;
  return (
    producerOf.has(name) ||
    constantOf.has(name) ||
    declarationOf.has(name) ||
    consumersOf.has(name) ||
    edit.initializers.some((tensor) => tensor.name === name) ||
    edit.inputs.some((input) => input.name === name) ||
    [...edit.prologue, ...edit.nodes].some((node) => node.outputs.includes(name))
  );
}

/**
 * Whether JavaScript objects have a member of this name, such as `constructor`: onnxruntime-node
 * collects outputs in an object and mistakes the member for an output.
 */
export function isReserved(name: string): boolean {
  return name in Object.prototype;
}

/** `wanted`, with a suffix when a value of that name exists or the name is reserved. */
export function freeName(edit: GraphEdit, wanted: string): string {
  let name = wanted;
  for (let suffix = 1; isTaken(edit, name) || isReserved(name); suffix++) {
    name = `${wanted}_${suffix}`;
  }
  return name;
}

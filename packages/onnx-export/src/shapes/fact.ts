import type { BodyNode } from '../proto/model.js';

/** What shape inference knows of a value; a shape with concrete sizes, and values when small. */
export interface Fact {
  /** Shape. */
  readonly dims: readonly number[];
  /** Values in row-major order, for small constants and the shape arithmetic on them. */
  readonly values?: readonly number[];
  /** Whether the elements are floating-point: division then keeps fractions. */
  readonly isFloat?: boolean;
}

/** Values above this count are not carried along: shapes are computed from a handful. */
export const MAX_VALUES = 256;

/** Facts of a node's inputs; undefined where nothing is known or the input is absent. */
type InputFacts = readonly (Fact | undefined)[];

/**
 * Computes the facts of a node's outputs.
 *
 * Returns fewer entries, or undefined ones, where it cannot say.
 */
export type ShapeRule = (
  node: BodyNode,
  inputs: InputFacts,
  opset: number,
) => readonly (Fact | undefined)[];

/** Integer attribute with its default. */
export function intAttribute(node: BodyNode, name: string, fallback: number): number {
  return node.attributes.get(name)?.int ?? fallback;
}

/**
 * Integer-list attribute, or undefined.
 *
 * Lists are cut behind {@link MAX_VALUES}: they name axes or sizes, and a hostile one may have
 * millions, which rules would copy.
 */
export function intsAttribute(node: BodyNode, name: string): readonly number[] | undefined {
  const ints = node.attributes.get(name)?.ints;
  return ints !== undefined && ints.length > MAX_VALUES ? ints.slice(0, MAX_VALUES) : ints;
}

/** Number of elements of a shape. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Whether so many values may be carried along: a size that a file states may be -1, 0.5 or 2^53. */
export function isFew(count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count <= MAX_VALUES;
}

/** An axis counted from the front. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Whether an axis is there: one that is not must never be written to, it may be 2^31. */
export function isAxis(axis: number, rank: number): boolean {
  return Number.isInteger(axis) && axis >= 0 && axis < rank;
}

/** A fact with values when there are few, without otherwise. */
export function factOf(dims: readonly number[], values?: readonly number[]): Fact {
  return values !== undefined && values.length <= MAX_VALUES ? { dims, values } : { dims };
}

/**
 * Shape of two broadcast shapes (ONNX specification, "Multidirectional Broadcasting"), or undefined
 * when they do not fit.
 */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const dims: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    dims.push(x === 1 ? y : x);
  }
  return dims;
}

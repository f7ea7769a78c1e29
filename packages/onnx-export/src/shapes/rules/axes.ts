import type { BodyNode } from '../../proto/model.js';
import { intsAttribute, positiveAxis, type Fact } from '../fact.js';

/** Axes of an operator, from its attribute or its input, counted from the front; or undefined. */
export function axesOf(
  node: BodyNode,
  input: Fact | undefined,
  rank: number,
): number[] | undefined {
  const listed = intsAttribute(node, 'axes') ?? input?.values;
  return listed?.map((axis) => positiveAxis(axis, rank));
}

import type { TapContext } from './tap-context.js';
import { hasPositions, valueKind } from './value-kind.js';

/** Operators that only move elements. */
const LAYOUT = new Set(['Transpose', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity']);

/** Operators that keep some tokens. */
const SELECT = new Set(['Slice', 'Gather']);

/** Whether a value that is about to be pooled was only rearranged from the value before. */
function source(context: TapContext, value: string): string | null {
  const node = context.producer(value);
  const from = node?.inputs[0];
  if (node === undefined || from === undefined) return null;
  if (!LAYOUT.has(node.opType) && !SELECT.has(node.opType)) return null;
  // A network that turns its tokens back into a map does so itself; pooling needs no map.
  if (LAYOUT.has(node.opType) && valueKind(context, value).kind === 'map') return null;
  return hasPositions(valueKind(context, from)) ? from : null;
}

/**
 * The last cut value that still has positions or tokens, without the rearranging that pooling needs.
 *
 * Null when the graph never narrows to one such value.
 */
export function findUnpooled(context: TapContext): string | null {
  const { cuts } = context.flow;
  let value = cuts.findLast((cut) => hasPositions(valueKind(context, cut)));
  if (value === undefined) return null;
  const isCut = new Set(cuts);
  for (let from = source(context, value); from !== null; from = source(context, value)) {
    if (!isCut.has(from)) break;
    value = from;
  }
  return value;
}

import type { Classifier } from './find-classifier.js';
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
  // A map with a side of 1 is no such map: 1-d pooling reads its tokens so.
  const kind = valueKind(context, value);
  if (LAYOUT.has(node.opType) && kind.kind === 'map' && Math.min(...kind.size) > 1) return null;
  return hasPositions(valueKind(context, from)) ? from : null;
}

/**
 * The last cut value that still has positions or tokens, without the rearranging that pooling needs.
 *
 * Null when the graph never narrows to one such value.
 */
export function findUnpooled(context: TapContext, classifier: Classifier | null): string | null {
  if (classifier?.isBeforePooling === true) return classifier.linears[0]?.input ?? null;
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

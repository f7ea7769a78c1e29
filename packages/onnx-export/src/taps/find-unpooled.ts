import { NO_FEATURE } from './chain.js';
import type { Classifier } from './find-classifier.js';
import { LAYOUT_OPERATORS } from './layout-operators.js';
import type { TapContext } from './tap-context.js';
import { isWeightedProduct } from './weighted-product.js';
import { hasPositions, valueKind } from './value-kind.js';

/** More nodes than stand between a product and its result. */
const MAX_STEPS = 16;

/** What ends the answers of a head: ranges of values, and levels behind one another. */
const JOINS = new Set(['Relu', 'Tanh', 'Clip', 'Concat']);

/** Operators that keep some tokens. */
const SELECT = new Set(['Slice', 'Gather']);

/** Whether a value that is about to be pooled was only rearranged from the value before. */
function source(context: TapContext, value: string): string | null {
  const node = context.producer(value);
  const from = node?.inputs[0];
  if (node === undefined || from === undefined) return null;
  if (!LAYOUT_OPERATORS.has(node.opType) && !SELECT.has(node.opType)) return null;
  // A network that turns its tokens back into a map does so itself; pooling needs no map.
  // A map with a side of 1 is no such map: 1-d pooling reads its tokens so.
  const kind = valueKind(context, value);
  if (LAYOUT_OPERATORS.has(node.opType) && kind.kind === 'map' && Math.min(...kind.size) > 1)
    return null;
  return hasPositions(valueKind(context, from)) ? from : null;
}

/** Operators that end a head: a product of features with weights, or an answer. */
function isAnswer(context: TapContext, value: string): boolean {
  let name = value;
  for (let step = 0; step < MAX_STEPS; step++) {
    const node = context.producer(name);
    const data = node?.inputs.filter((input) => context.flow.carriesData(input)) ?? [];
    if (node === undefined || NO_FEATURE.has(node.opType)) return true;
    if (isWeightedProduct(context, node)) return true;
    const isBias = node.opType === 'Add' && data.length === 1;
    if (!isBias && !LAYOUT_OPERATORS.has(node.opType) && !JOINS.has(node.opType)) return false;
    name = data[0] ?? '';
  }
  return false;
}

/**
 * The last cut value that still has positions or tokens, without the rearranging that pooling needs.
 *
 * A network that ends in positions pools nothing: only an encoder's own output is unpooled then, and
 * scores of positions are not. Null when the graph never narrows to one such value.
 */
export function findUnpooled(context: TapContext, classifier: Classifier | null): string | null {
  if (classifier?.isBeforePooling === true) {
    const from = classifier.linears[0]?.input;
    return from !== undefined && hasPositions(valueKind(context, from)) ? from : null;
  }
  const { cuts } = context.flow;
  let value = cuts.findLast(
    (cut) => context.isComputed(cut) && hasPositions(valueKind(context, cut)),
  );
  if (value === undefined) return null;
  if (classifier === null && hasPositions(valueKind(context, context.output))) {
    return value === context.output && !isAnswer(context, value) ? value : null;
  }
  const isCut = new Set(cuts);
  for (let from = source(context, value); from !== null; from = source(context, value)) {
    if (!isCut.has(from)) break;
    value = from;
  }
  return value;
}

import { ACTIVATIONS } from './activations.js';
import type { ChainLink } from './chain.js';
import type { TapContext } from './tap-context.js';

/** Operators that end nothing: they prepare a value for what follows. */
const PREPARES = new Set([
  'Identity',
  'Pad',
  'Slice',
  'Transpose',
  'Reshape',
  'LayerNormalization',
  'InstanceNormalization',
]);

/** Operators that a BatchNorm and an activation are made of. */
const ACTIVATES = new Set([...ACTIVATIONS, 'Mul', 'BatchNormalization']);

/** Whether a value is made by a 1x1 convolution. */
function isPointwise(context: TapContext, value: string): boolean {
  const node = context.producer(value);
  if (node?.opType !== 'Conv') return false;
  const kernel = context.index.constantOf.get(node.inputs[1] ?? '')?.dims.slice(2) ?? [];
  return kernel.length > 0 && kernel.every((side) => side === 1);
}

/** Start of a "1x1 convolution and activation" that ends before `end` and widens, or null. */
export function wideningStart(
  context: TapContext,
  run: readonly ChainLink[],
  end: number,
): number | null {
  let at = end - 1;
  while (at > 0 && ACTIVATES.has(context.producer(run[at]?.value ?? '')?.opType ?? '')) at--;
  const before = run[at - 1];
  if (before === undefined || !isPointwise(context, run[at]?.value ?? '')) return null;
  return (run[at]?.channels ?? 0) > before.channels ? at : null;
}

/**
 * The value of a run of one resolution at which its stage ends.
 *
 * A run may go on with what belongs to the next block: the norm or padding before a strided
 * operator, or the 1x1 expansion of a strided inverted residual (Sandler et al. 2018,
 * arXiv:1801.04381) and the head's own 1x1 convolution.
 */
export function trimToStage(context: TapContext, run: readonly ChainLink[]): ChainLink {
  let end = run.length;
  while (end > 1) {
    const widening = wideningStart(context, run, end);
    const opType = context.producer(run[end - 1]?.value ?? '')?.opType ?? '';
    if (widening !== null) end = widening;
    else if (PREPARES.has(opType)) end--;
    else break;
  }
  const link = run[end - 1];
  if (link === undefined) throw new RangeError('a run of links is never empty');
  return link;
}

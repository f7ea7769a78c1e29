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

/** Operators that activations are made of. */
const ACTIVATES = new Set([
  'Relu',
  'LeakyRelu',
  'PRelu',
  'Clip',
  'HardSwish',
  'HardSigmoid',
  'Sigmoid',
  'Gelu',
  'Mul',
  'BatchNormalization',
]);

/** Stride and kernel of a convolution. */
function convolution(context: TapContext, value: string): { pointwise: boolean } | null {
  const node = context.producer(value);
  if (node?.opType !== 'Conv') return null;
  const weight = context.index.constantOf.get(node.inputs[1] ?? '')?.dims.slice(2) ?? [];
  return { pointwise: weight.length > 0 && weight.every((side) => side === 1) };
}

/** Start of a trailing "1x1 convolution and activation" that widens, or null. */
function wideningStart(context: TapContext, run: readonly ChainLink[]): number | null {
  let at = run.length - 1;
  while (at > 0 && ACTIVATES.has(context.producer(run[at]?.value ?? '')?.opType ?? '')) at--;
  const conv = convolution(context, run[at]?.value ?? '');
  const before = run[at - 1];
  if (conv?.pointwise !== true || before === undefined) return null;
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
  let kept = run;
  for (;;) {
    const widening = wideningStart(context, kept);
    if (widening !== null) {
      kept = kept.slice(0, widening);
      continue;
    }
    const last = kept.at(-1);
    const node = last === undefined ? undefined : context.producer(last.value);
    if (kept.length > 1 && node !== undefined && PREPARES.has(node.opType))
      kept = kept.slice(0, -1);
    else break;
  }
  const [fallback] = run.slice(-1);
  const end = kept.at(-1) ?? fallback;
  if (end === undefined) throw new RangeError('a run of links is never empty');
  return end;
}

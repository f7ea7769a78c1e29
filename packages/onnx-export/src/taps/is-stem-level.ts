import { usedValues } from '../graph/graph-index.js';
import type { ChainLink } from './chain.js';
import type { TapContext } from './tap-context.js';

/** Whether a node is a convolution of all channels: not depthwise, not 1x1. */
function isDenseConvolution(context: TapContext, value: string): boolean {
  const node = context.producer(value);
  if (node?.opType !== 'Conv' || (node.attributes.get('group')?.int ?? 1) !== 1) return false;
  const kernel = context.index.constantOf.get(node.inputs[1] ?? '')?.dims.slice(2) ?? [];
  return kernel.some((side) => side > 1);
}

/** Whether a value is made from one value alone, element by element or by a convolution. */
function isPlain(context: TapContext, value: string, before: string | undefined): boolean {
  const node = context.producer(value);
  if (node === undefined || before === undefined) return false;
  const data = usedValues(node).filter((name) => context.flow.carriesData(name));
  return data.length === 1 && data[0] === before;
}

/**
 * Whether a level is only a step of a stem: a plain chain of convolutions and activations whose last
 * value goes into one more dense convolution, as in stems that reach a quarter of the resolution in
 * two or three steps (timm does not count these levels as stages).
 */
export function isStemLevel(
  context: TapContext,
  run: readonly ChainLink[],
  next: readonly ChainLink[],
): boolean {
  const last = run.at(-1);
  const [first] = next;
  if (last === undefined || first === undefined) return false;
  const isChain = run.every(
    (link, i) => i === 0 || isPlain(context, link.value, run[i - 1]?.value),
  );
  const from = context.producer(first.value)?.inputs[0];
  const padded = context.producer(from ?? '');
  const source = padded?.opType === 'Pad' ? padded.inputs[0] : from;
  return isChain && source === last.value && isDenseConvolution(context, first.value);
}

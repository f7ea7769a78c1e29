import { ACTIVATIONS } from './activations.js';
import type { ChainLink } from './chain.js';
import { isResidualAdd } from './residual-adds.js';
import type { TapContext } from './tap-context.js';
import { isWeightedProduct } from './weighted-product.js';
import { trimToStage } from './trim-to-stage.js';

/** Whether the links behind a residual Add are the activation that closes its block. */
function isActivation(context: TapContext, tail: readonly ChainLink[]): boolean {
  const [first, second] = tail;
  if (first === undefined) return false;
  const node = context.producer(first.value);
  if (node === undefined || second !== undefined) return false;
  if (ACTIVATIONS.has(node.opType)) return true;
  // SiLU is x · sigmoid(x): both factors come from the Add.
  const data = node.inputs.filter((name) => context.flow.carriesData(name));
  return node.opType === 'Mul' && data.length === 2;
}

/**
 * The link at which the blocks of a run end: the last residual Add, or the activation behind it when
 * nothing else follows; a norm or a scale behind the Add belongs to what comes next. Otherwise, as where the last
 * block has no residual, the end of the run without what prepares the next block. Null for an empty
 * run.
 */
export function closingLink(context: TapContext, run: readonly ChainLink[]): ChainLink | null {
  if (run.length === 0) return null;
  const end = trimToStage(context, run);
  const at = run.findLastIndex(({ value }) => isResidualAdd(context, value));
  const add = run[at];
  if (add === undefined) return end;
  const tail = run.slice(at + 1);
  const behind = run.slice(at + 1, run.indexOf(end) + 1);
  const hasProducts = behind.some(({ value }) => {
    const node = context.producer(value);
    return node !== undefined && isWeightedProduct(context, node);
  });
  if (hasProducts) return end;
  return isActivation(context, tail) ? (tail[0] ?? add) : add;
}

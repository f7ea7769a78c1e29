import { usedValues } from '../graph/graph-index.js';
import type { ChainLink } from './chain.js';
import type { TapContext } from './tap-context.js';

/** More nodes than one residual branch has. */
const MAX_BRANCH_NODES = 512;

/** Operators of the branch between two cut values. */
function branchOps(context: TapContext, from: string, to: string): Set<string> {
  const ops = new Set<string>();
  const seen = new Set<string>([from]);
  const open = [to];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name) || seen.size > MAX_BRANCH_NODES) continue;
    seen.add(name);
    const node = context.producer(name);
    if (node === undefined || !context.flow.carriesData(name)) continue;
    ops.add(node.opType);
    for (const used of usedValues(node).slice(0, MAX_BRANCH_NODES)) open.push(used);
  }
  return ops;
}

/**
 * The residual Adds that close a transformer block (attention, then MLP).
 *
 * An Add behind attention (its branch has a Softmax) is inside a block when an Add without one
 * follows; where no branch has a Softmax, or every one has, each Add closes a block.
 */
export function closesBlocks(context: TapContext, links: readonly ChainLink[]): ChainLink[] {
  const adds = links.filter(({ value }) => {
    const node = context.producer(value);
    if (node?.opType !== 'Add') return false;
    return node.inputs.every((name) => context.flow.carriesData(name));
  });
  const attends = adds.map(({ value }, i) => {
    const node = context.producer(value);
    const start = adds[i - 1]?.value ?? node?.inputs[0] ?? '';
    return branchOps(context, start, value).has('Softmax');
  });
  return adds.filter((_, i) => !(attends[i] === true && attends[i + 1] === false));
}

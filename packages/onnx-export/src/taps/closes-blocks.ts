import { usedValues } from '../graph/graph-index.js';
import type { ChainLink } from './chain.js';
import { residualAdds } from './residual-adds.js';
import type { TapContext } from './tap-context.js';

/** More nodes than one residual branch has. */
const MAX_BRANCH_NODES = 512;

/** Most residual branches of one block: attention, local mixing and MLP (XCiT) are three. */
const MAX_BRANCHES = 4;

/** Part of the branches that must repeat; class attention at the end of a network does not. */
const MIN_REPEATING = 0.8;

/** Operators of the branch between two cut values, as text that equal branches share. */
function branchKind(context: TapContext, from: string, to: string): string {
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
  return [...ops].sort().join();
}

/** How many branches make a block: the shortest period in which the kinds of branches repeat. */
function branchesOfBlock(kinds: readonly string[]): number {
  for (let period = 1; period <= MAX_BRANCHES && period * 2 <= kinds.length; period++) {
    const compared = kinds.length - period;
    const same = kinds.slice(0, compared).filter((kind, i) => kind === kinds[i + period]).length;
    if (same >= MIN_REPEATING * compared) return period;
  }
  return 1;
}

/**
 * The residual Adds that close the blocks of an isotropic network (attention, then MLP): branches of
 * different kinds repeat in order, and a block ends with the last of them.
 */
export function closesBlocks(context: TapContext, links: readonly ChainLink[]): ChainLink[] {
  const adds = residualAdds(context, links);
  const kinds = adds.map(({ value }, i) => {
    const start = adds[i - 1]?.value ?? context.producer(value)?.inputs[0] ?? '';
    return branchKind(context, start, value);
  });
  const period = branchesOfBlock(kinds);
  const whole = Math.floor(adds.length / period) * period;
  return adds.slice(0, whole).filter((_, i) => (i + 1) % period === 0);
}

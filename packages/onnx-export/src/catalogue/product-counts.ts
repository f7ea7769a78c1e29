import { usedValues } from '../graph/graph-index.js';
import type { TapContext } from '../taps/tap-context.js';
import { isWeightedProduct } from '../taps/weighted-product.js';

/** Bits of all sets together: 64 MB, twenty times what the largest network of timm needs. */
const MAX_BITS = 2 ** 29;

/**
 * For each value with data of the input, the number of weighted products that it depends on.
 *
 * It does not depend on the order in which an exporter wrote the nodes. Empty for graphs so large
 * that the sets would not fit in memory.
 */
export function countProducts(context: TapContext): ReadonlyMap<string, number> {
  const { index, flow } = context;
  const nodes = index.nodes.filter((node) => node.outputs.some((name) => flow.carriesData(name)));
  const products = nodes.filter((node) => isWeightedProduct(context, node));
  const bitOf = new Map(products.map((node, i) => [node, i]));
  const counts = new Map<string, number>();
  if (products.length * nodes.length > MAX_BITS) return counts;
  const words = Math.ceil(products.length / 32);
  const sets = new Map<string, Uint32Array>();
  for (const node of nodes) {
    const used = usedValues(node).flatMap((name) => sets.get(name) ?? []);
    const [first] = used;
    const bit = bitOf.get(node);
    // A node that adds nothing shares the set of what it was made from.
    const isShared = bit === undefined && first !== undefined && used.every((set) => set === first);
    const set = isShared ? first : new Uint32Array(words);
    if (!isShared) {
      for (const other of used) for (let i = 0; i < words; i++) set[i]! |= other[i]!;
      if (bit !== undefined) set[bit >> 5]! |= 1 << (bit & 31);
    }
    const count = set.reduce((total, word) => total + bitCount(word), 0);
    for (const name of node.outputs) {
      sets.set(name, set);
      counts.set(name, count);
    }
  }
  return counts;
}

/** Number of set bits of 32. */
function bitCount(word: number): number {
  let rest = word;
  let count = 0;
  for (; rest !== 0; rest &= rest - 1) count++;
  return count;
}

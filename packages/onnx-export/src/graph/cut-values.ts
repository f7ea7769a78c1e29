import type { Node } from '../proto/model.js';
import { usedValues, type GraphIndex } from './graph-index.js';

/** Operators that read a value's shape but not its data. */
const SHAPE_READERS = new Set(['Shape', 'Size']);

/** Nodes whose result reaches `output`, found backwards. */
function reaching(index: GraphIndex, output: string): Set<Node> {
  const found = new Set<Node>();
  const open = [output];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = index.producerOf.get(name);
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    if (SHAPE_READERS.has(node.opType)) continue;
    for (const used of usedValues(node)) open.push(used);
  }
  return found;
}

/** Values through which all data from the input to the output flows, and what depends on it. */
export interface DataFlow {
  /** Cut values in topological order; the last is the output. */
  readonly cuts: readonly string[];
  /** Whether a value carries data of the input. */
  carriesData(value: string): boolean;
}

/**
 * Finds the cut values (dominators of the output) between an input and an output.
 *
 * Walks the nodes in topological order and keeps the set of live values that carry data of the
 * input; whenever exactly one is live, everything behind depends on it alone. Linear time, no names
 * needed.
 */
export function findCutValues(index: GraphIndex, input: string, output: string): DataFlow {
  const used = reaching(index, output);
  const nodes = index.nodes.filter((node) => used.has(node));
  const usesLeft = new Map<string, number>();
  for (const node of nodes) {
    if (SHAPE_READERS.has(node.opType)) continue;
    for (const name of new Set(usedValues(node))) usesLeft.set(name, (usesLeft.get(name) ?? 0) + 1);
  }
  usesLeft.set(output, (usesLeft.get(output) ?? 0) + 1);

  const carries = new Set([input]);
  const live = new Set([input]);
  const cuts: string[] = [];
  for (const node of nodes) {
    if (SHAPE_READERS.has(node.opType)) continue;
    const data = [...new Set(usedValues(node))].filter((name) => carries.has(name));
    if (data.length === 0) continue;
    for (const name of data) {
      const left = (usesLeft.get(name) ?? 1) - 1;
      usesLeft.set(name, left);
      if (left === 0) live.delete(name);
    }
    for (const name of node.outputs) {
      if (name === '') continue;
      carries.add(name);
      if ((usesLeft.get(name) ?? 0) > 0) live.add(name);
    }
    const [only] = live;
    if (live.size === 1 && only !== undefined && only !== cuts.at(-1)) cuts.push(only);
  }
  return { cuts, carriesData: (value) => carries.has(value) };
}

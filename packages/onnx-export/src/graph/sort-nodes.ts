import { FeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { Node } from '../proto/model.js';

/**
 * Orders nodes so that each stands behind the nodes that make what it uses; an order that holds
 * already is kept (ONNX IR specification, "Graphs": nodes MUST be topologically sorted).
 *
 * @throws FeaturetapError `MODEL_MALFORMED` when the graph has a cycle.
 */
export function sortNodes(
  nodes: readonly Node[],
  producerOf: ReadonlyMap<string, Node>,
  usedValues: (node: Node) => string[],
): readonly Node[] {
  const seen = new Set<Node>();
  const isSorted = nodes.every((node) => {
    const ready = usedValues(node).every((name) => {
      const producer = producerOf.get(name);
      return producer === undefined || seen.has(producer);
    });
    seen.add(node);
    return ready;
  });
  if (isSorted) return nodes;

  const waitsFor = new Map<Node, number>();
  const followers = new Map<Node, Node[]>();
  for (const node of nodes) {
    const makers = new Set(usedValues(node).map((name) => producerOf.get(name)));
    makers.delete(undefined);
    waitsFor.set(node, makers.size);
    for (const maker of makers) {
      if (maker === undefined) continue;
      const list = followers.get(maker);
      if (list === undefined) followers.set(maker, [node]);
      else list.push(node);
    }
  }
  const sorted = nodes.filter((node) => waitsFor.get(node) === 0);
  for (const node of sorted) {
    for (const follower of followers.get(node) ?? []) {
      const rest = (waitsFor.get(follower) ?? 0) - 1;
      waitsFor.set(follower, rest);
      if (rest === 0) sorted.push(follower);
    }
  }
  if (sorted.length < nodes.length) {
    const stuck = nodes.find((node) => (waitsFor.get(node) ?? 0) > 0);
    throw new FeaturetapError(
      'MODEL_MALFORMED',
      `Expected a graph without cycles, but node "${printableName(stuck?.name ?? '')}" depends on itself.`,
    );
  }
  return sorted;
}

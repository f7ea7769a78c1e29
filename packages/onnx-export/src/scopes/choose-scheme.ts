import type { GraphIndex } from '../graph/graph-index.js';
import type { Node } from '../proto/model.js';
import { initializerPath } from './initializer-path.js';
import { kerasPath, zooPath } from './layer-name-path.js';
import { dynamoPath, torchScriptPath, type ModulePath } from './module-path.js';

/** Module path of a node by one way of naming, or null. */
type PathOfNode = (node: Node) => ModulePath | null;

/** The way in which a file names its modules. */
export interface NameScheme {
  /** Module path of a node, or null. */
  readonly pathOf: PathOfNode;
  /** Whether every node is named, not the ones with weights alone: then borders of modules hold. */
  readonly isWhole: boolean;
}

/** Part of the nodes that a way of naming must explain to be the file's. */
const MIN_EXPLAINED = 0.5;

/** Part for torch's exporters, whose optimisers leave some nodes without a name. */
const MIN_EXPLAINED_BY_TORCH = 0.2;

/** Scopes that PyTorch's exporters write. */
const byScopes: PathOfNode = (node) =>
  node.nameScopes === undefined ? torchScriptPath(node.name) : dynamoPath(node.nameScopes);

/**
 * PyTorch's exporters; where a node has weights, their name decides, since a folded BatchNorm leaves
 * its scope on the convolution.
 */
const byTorch: PathOfNode = (node) => initializerPath(node) ?? byScopes(node);

const byKeras: PathOfNode = (node) => kerasPath(node.name);

/** More than one segment: `relu_4` counts operators and tells of no module. */
const byZoo: PathOfNode = (node) => {
  const path = zooPath(node.outputs[0] ?? '');
  return path !== null && path.length > 1 ? path : null;
};

/**
 * Names of weights alone, as in exports before torch 1.13: a node without weights is in the module
 * that holds the last layer before it.
 */
function byWeights(index: GraphIndex): PathOfNode {
  const paths = new Map<Node, ModulePath>();
  const position = new Map(index.nodes.map((node, i) => [node, i]));
  for (const node of index.nodes) {
    const own = initializerPath(node);
    if (own !== null) {
      paths.set(node, own);
      continue;
    }
    const makers = node.inputs.flatMap((name) => index.producerOf.get(name) ?? []);
    const known = makers.filter((maker) => paths.has(maker));
    const last = known.reduce<Node | null>(
      (best, maker) =>
        best === null || (position.get(maker) ?? 0) > (position.get(best) ?? 0) ? maker : best,
      null,
    );
    const path = last === null ? undefined : paths.get(last);
    if (last === null || path === undefined) continue;
    paths.set(node, initializerPath(last) === null ? path : path.slice(0, -1));
  }
  return (node) => paths.get(node) ?? null;
}

function explained(nodes: readonly Node[], pathOf: PathOfNode): number {
  const named = nodes.filter((node) => (pathOf(node)?.length ?? 0) > 0).length;
  return nodes.length === 0 ? 0 : named / nodes.length;
}

/**
 * The way in which a file names its modules, by what it shows: PyTorch's scopes, Keras' layers, the
 * zoos' values, or names of weights alone.
 */
export function chooseScheme(index: GraphIndex): NameScheme {
  const nodes = index.nodes.filter(({ opType }) => opType !== 'Constant');
  const whole = (pathOf: PathOfNode): NameScheme => ({ pathOf, isWhole: true });
  if (explained(nodes, byScopes) >= MIN_EXPLAINED_BY_TORCH) return whole(byTorch);
  if (explained(nodes, byKeras) >= MIN_EXPLAINED) return whole(byKeras);
  if (explained(nodes, byZoo) >= MIN_EXPLAINED) return whole(byZoo);
  const weighted = byWeights(index);
  const isUsable = explained(nodes, weighted) >= MIN_EXPLAINED;
  return { pathOf: isUsable ? weighted : () => null, isWhole: false };
}

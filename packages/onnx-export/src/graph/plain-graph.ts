import { indexGraph, type GraphIndex } from './graph-index.js';
import { plainNode } from './quantized-operators.js';

/**
 * The graph with plain operators in place of quantised ones, for finding taps: a convolution is one
 * in int8 too. The same index where there are none.
 */
export function plainGraph(index: GraphIndex): GraphIndex {
  const { model } = index;
  const nodes = model.graph.nodes.map((node) => plainNode(node));
  if (nodes.every((node, i) => node === model.graph.nodes[i])) return index;
  return indexGraph({ ...model, graph: { ...model.graph, nodes } });
}

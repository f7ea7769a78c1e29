import type { GraphIndex } from '../graph/graph-index.js';
import type { BodyNode } from '../proto/model.js';
import { intAttribute } from './fact.js';
import { outputTypes, type OutputTypes } from './type-rules.js';

/** Opset that rules assume when a file does not say. */
const DEFAULT_OPSET = 18;

/** Opset from which Scan takes no sequence lengths in front of its state. */
const PLAIN_SCAN_OPSET = 9;

/**
 * Element types of values, `TensorProto.DataType`, as far as they are sure.
 *
 * What the file declares comes first (onnxruntime loads no file that declares a type wrongly), then
 * the rules of the operators. Values that are no tensors, and those whose type nothing tells, are
 * left out.
 */
export function inferDataTypes(index: GraphIndex): ReadonlyMap<string, number> {
  const types = new Map<string, number>();
  const { graph, opsets } = index.model;
  for (const { name, dataType } of index.declarationOf.values()) {
    if (dataType !== 0) types.set(name, dataType);
  }
  for (const { name, dataType } of [...graph.sparseInitializers, ...graph.initializers]) {
    if (dataType !== 0) types.set(name, dataType);
  }
  inferNodes(index.nodes, types, opsets.get('') ?? DEFAULT_OPSET);
  return types;
}

/** Adds the types of what the nodes make; nodes stand behind those they depend on. */
function inferNodes(nodes: readonly BodyNode[], types: Map<string, number>, opset: number): void {
  for (const node of nodes) {
    const made = typesMade(node, types, opset);
    node.outputs.forEach((name, i) => {
      const type = made[i];
      if (name !== '' && type !== undefined && !types.has(name)) types.set(name, type);
    });
  }
}

function typesMade(node: BodyNode, types: ReadonlyMap<string, number>, opset: number): OutputTypes {
  const inputs = node.inputs.map((name) => types.get(name));
  if (node.domain !== '') return outputTypes(node, inputs, opset);
  if (node.opType === 'If') return branchTypes(node, types, opset);
  if (node.opType === 'Scan' && opset >= PLAIN_SCAN_OPSET) {
    const states = inputs.length - intAttribute(node, 'num_scan_inputs', inputs.length);
    return inputs.slice(0, Math.max(states, 0));
  }
  return outputTypes(node, inputs, opset);
}

/** Types of what an If returns: both branches return the same ones, so either may tell. */
function branchTypes(
  node: BodyNode,
  types: ReadonlyMap<string, number>,
  opset: number,
): OutputTypes {
  const found: (number | undefined)[] = [];
  for (const branch of ['then_branch', 'else_branch']) {
    const body = node.attributes.get(branch)?.body;
    if (body === undefined) continue;
    // The graph around it must not see names of the body: only what is captured is handed in.
    const inner = new Map<string, number>();
    for (const name of node.captures) {
      const type = types.get(name);
      if (type !== undefined) inner.set(name, type);
    }
    inferNodes(body.nodes, inner, opset);
    body.outputs.forEach((name, i) => (found[i] ??= inner.get(name)));
  }
  return found;
}

import { DATA_TYPE } from '../proto/fields.js';
import type { Initializer, Node } from '../proto/model.js';
import { indexGraph, type GraphIndex } from './graph-index.js';
import { isDequantize, isDynamicQuantize, isQuantize, plainNode } from './quantized-operators.js';

/** Scale and zero point that a node computes, as if they were constants: they carry no features. */
function* computedParameters(node: Node): Generator<Initializer> {
  if (!isDynamicQuantize(node)) return;
  const [, scale = '', zeroPoint = ''] = node.outputs;
  const { float32, uint8 } = DATA_TYPE;
  const places = { payload: [], dataLocation: [] };
  const shared = { dims: [], payloadBytes: 0, at: node.at, places };
  if (scale !== '') yield { ...shared, name: scale, dataType: float32 };
  if (zeroPoint !== '') yield { ...shared, name: zeroPoint, dataType: uint8 };
}

function isConversion(node: Node): boolean {
  return isQuantize(node) || isDequantize(node) || isDynamicQuantize(node);
}

/** The only node that uses a value. */
function onlyUser({ consumersOf }: GraphIndex, value: string): Node | undefined {
  const users = consumersOf.get(value) ?? [];
  return users.length === 1 ? users[0] : undefined;
}

/** What scales the int32 sums of a product: the Cast and the Mul behind it, where they are alone. */
function scaling(index: GraphIndex, node: Node): readonly [Node, Node] | null {
  if (node.opType !== 'ConvInteger' && node.opType !== 'MatMulInteger') return null;
  const cast = onlyUser(index, node.outputs[0] ?? '');
  const scale = onlyUser(index, cast?.outputs[0] ?? '');
  return cast?.opType === 'Cast' && scale?.opType === 'Mul' ? [cast, scale] : null;
}

/**
 * The graph as it would be without quantisation, for finding taps: plain operators in place of
 * those on integers, and what converts between the two left out. The same index where there is
 * nothing of the kind.
 *
 * All values that are left keep their names. A value in front of a conversion stands for what is
 * behind it; which of them to take is for surgery to say.
 */
export function plainGraph(index: GraphIndex): GraphIndex {
  const { model } = index;
  const { nodes, outputs, initializers } = model.graph;
  if (nodes.every((node) => !isConversion(node) && plainNode(node) === node)) return index;
  const named = new Set([
    ...outputs.map(({ name }) => name),
    ...nodes.flatMap((node) => node.captures),
  ]);
  const standsFor = new Map<string, string>();
  const folded = new Set<Node>();
  const plain: Node[] = [];
  // In order, so that a chain of conversions ends at its beginning.
  for (const node of index.nodes) {
    if (folded.has(node)) continue;
    const { inputs, ...rest } = plainNode(node);
    const behind = scaling(index, node);
    const scaled = behind?.some((each) => folded.has(each)) === true ? null : behind;
    for (const each of scaled ?? []) folded.add(each);
    const [output = ''] = node.outputs;
    const from = inputs.map((name) => standsFor.get(name) ?? name);
    const made = scaled?.[1].outputs ?? rest.outputs;
    if (!isConversion(node)) plain.push({ ...rest, inputs: from, outputs: made });
    else if (!named.has(output)) standsFor.set(output, from[0] ?? '');
    else {
      const identity = { opType: 'Identity', domain: '', outputs: [output] };
      plain.push({ ...rest, ...identity, inputs: from.slice(0, 1) });
    }
  }
  const parameters = nodes.flatMap((node) => [...computedParameters(node)]);
  const graph = { ...model.graph, nodes: plain, initializers: [...initializers, ...parameters] };
  return indexGraph({ ...model, graph });
}

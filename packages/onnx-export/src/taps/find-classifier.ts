import type { Node } from '../proto/model.js';
import type { TapContext } from './tap-context.js';
import { hasPositions, valueKind } from './value-kind.js';

/** The classifier: where class scores come from. */
export interface Classifier {
  /** Class scores before any Softmax. */
  readonly logits: string;
  /** Linear operators that make them; two when two heads are averaged. */
  readonly linears: readonly { readonly node: Node; readonly input: string }[];
}

/** What may follow the class scores. */
const PROBABILITIES = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);

/** What may stand between the linear operator and its result without changing its meaning. */
const PASS = new Set(['Identity', 'Cast', 'Reshape', 'Flatten', 'Squeeze', 'Dropout']);

/** Operators that add a bias, scale by a constant, or join two heads. */
const COMBINE = new Set(['Add', 'Sub', 'Mul', 'Div', 'Sum', 'Mean']);

/**
 * More nodes than any head has between its linear operators and the output, all branches together:
 * a budget for each branch would let a chain of Adds take exponential time.
 */
const MAX_STEPS = 64;

function dataInputs(context: TapContext, node: Node): string[] {
  return node.inputs.filter((name) => context.flow.carriesData(name));
}

/** Whether a node multiplies data by constant weights and makes one score for each class. */
function isLinear(context: TapContext, node: Node): boolean {
  if (!['Gemm', 'MatMul', 'Conv'].includes(node.opType)) return false;
  const [first = '', second = ''] = node.inputs;
  return context.flow.carriesData(first) && !context.flow.carriesData(second);
}

function linearsBehind(context: TapContext, value: string): Classifier['linears'] | null {
  const linears: { node: Node; input: string }[] = [];
  const open = [value];
  let steps = 0;
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = context.producer(name);
    if (node === undefined || hasPositions(valueKind(context, name))) return null;
    if (++steps > MAX_STEPS) return null;
    if (isLinear(context, node)) {
      linears.push({ node, input: node.inputs[0] ?? '' });
      continue;
    }
    const data = dataInputs(context, node);
    const joins = COMBINE.has(node.opType) && (data.length === 1 || data.length === 2);
    if (data.length === 0 || !(joins || PASS.has(node.opType))) return null;
    // The first branch is looked at first: heads keep their order.
    open.push(...(joins ? data.reverse() : data.slice(0, 1)));
  }
  return linears;
}

/**
 * Walks back from the output to the linear operator that makes class scores.
 *
 * Null when there is none: the network ends in features (`num_classes=0`).
 */
export function findClassifier(context: TapContext): Classifier | null {
  let logits = context.output;
  for (let step = 0; step < MAX_STEPS; step++) {
    const node = context.producer(logits);
    if (node === undefined) return null;
    const [data] = dataInputs(context, node);
    const isProbability = PROBABILITIES.has(node.opType);
    // Step over an Identity or Cast only when probabilities lie behind it.
    const hidden = ['Identity', 'Cast'].includes(node.opType)
      ? context.producer(data ?? '')
      : undefined;
    if (data === undefined) return null;
    if (isProbability || (hidden && PROBABILITIES.has(hidden.opType))) logits = data;
    else break;
  }
  const linears = linearsBehind(context, logits);
  return linears === null ? null : { logits, linears };
}

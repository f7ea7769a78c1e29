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

/** More nodes than any head has between its linear operator and the output. */
const MAX_STEPS = 32;

function dataInputs(context: TapContext, node: Node): string[] {
  return node.inputs.filter((name) => context.flow.carriesData(name));
}

/** Whether a node multiplies data by constant weights and makes one score for each class. */
function isLinear(context: TapContext, node: Node): boolean {
  if (!['Gemm', 'MatMul', 'Conv'].includes(node.opType)) return false;
  const [first = '', second = ''] = node.inputs;
  return context.flow.carriesData(first) && !context.flow.carriesData(second);
}

function linearBehind(context: TapContext, value: string): Classifier['linears'] | null {
  let name = value;
  for (let step = 0; step < MAX_STEPS; step++) {
    const node = context.producer(name);
    if (node === undefined || hasPositions(valueKind(context, name))) return null;
    if (isLinear(context, node)) return [{ node, input: node.inputs[0] ?? '' }];
    const data = dataInputs(context, node);
    const [next, other] = data;
    if (next === undefined) return null;
    if (PASS.has(node.opType) || (COMBINE.has(node.opType) && data.length === 1)) name = next;
    else if (COMBINE.has(node.opType) && other !== undefined && data.length === 2) {
      const left = linearBehind(context, next);
      const right = linearBehind(context, other);
      return left === null || right === null ? null : [...left, ...right];
    } else return null;
  }
  return null;
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
  const linears = linearBehind(context, logits);
  return linears === null ? null : { logits, linears };
}

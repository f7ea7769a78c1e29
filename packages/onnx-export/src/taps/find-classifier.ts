import type { Node } from '../proto/model.js';
import type { TapContext } from './tap-context.js';
import { valueKind } from './value-kind.js';

/** The classifier: where class scores come from. */
export interface Classifier {
  /** Class scores before any Softmax. */
  readonly logits: string;
  /** Linear operators that make them; two when two heads are averaged. */
  readonly linears: readonly { readonly node: Node; readonly input: string }[];
  /** Whether every position is classified and the scores are pooled (SqueezeNet): no pooled then. */
  readonly isBeforePooling: boolean;
}

/** What may follow the class scores. */
const PROBABILITIES = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);

/** What may stand between the linear operator and the scores without changing what they mean. */
const PASS = new Set([
  'Identity',
  'Cast',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Dropout',
]);

/**
 * What picks or averages scores: of one token of many that were classified (AttentionPool2d), or of
 * heads that were stacked (CrossViT, EfficientViM).
 */
const REDUCE = new Set(['Gather', 'Slice', 'ReduceMean', 'ReduceSum', 'ReduceMax']);

/** Operators that add a bias, scale by a constant, or join heads. */
const COMBINE = new Set(['Add', 'Sub', 'Mul', 'Div', 'Sum', 'Mean', 'Concat']);

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

/** The values that a node of the classifier makes its result from, or null for another node. */
function joined(context: TapContext, node: Node): readonly string[] | null {
  const data = dataInputs(context, node);
  if (COMBINE.has(node.opType) && data.length > 0) return data;
  const passes = PASS.has(node.opType) || REDUCE.has(node.opType);
  return passes && data.length > 0 ? data.slice(0, 1) : null;
}

function linearsBehind(context: TapContext, value: string): Classifier['linears'] | null {
  const linears: { node: Node; input: string }[] = [];
  const open = [value];
  const seen = new Set<string>();
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const node = context.producer(name);
    // Scores have no positions of their own; many tokens may have been classified at once.
    if (node === undefined || valueKind(context, name).kind === 'map') return null;
    if (seen.size > MAX_STEPS) return null;
    if (isLinear(context, node)) {
      linears.push({ node, input: node.inputs[0] ?? '' });
      continue;
    }
    const data = joined(context, node);
    if (data === null || data.length > MAX_STEPS) return null;
    // The first branch is looked at first: heads keep their order.
    open.push(...[...data].reverse());
  }
  return linears;
}

/** Pooling of a map to one value for each channel. */
const POOLING = new Set(['GlobalAveragePool', 'ReduceMean', 'AveragePool']);

/** What may stand between a convolution that classifies and the pooling of its scores. */
const BEFORE_POOLING = new Set(['Relu', 'Dropout', 'Identity']);

/**
 * The 1x1 convolution that classifies every position before pooling (Iandola et al. 2016,
 * arXiv:1602.07360; Lin et al. 2013, arXiv:1312.4400), or null.
 *
 * A network without a classifier may end in the same operators. So a probability must follow, or the
 * convolution must be in a module of its own beside the one that holds its input.
 */
function classifierBeforePooling(
  context: TapContext,
  value: string,
  isProbability: boolean,
): Classifier['linears'] | null {
  let name = value;
  let pooling: Node | null = null;
  for (let step = 0; step < MAX_STEPS; step++) {
    const node = context.producer(name);
    const [data] = node === undefined ? [] : dataInputs(context, node);
    if (node === undefined || data === undefined) return null;
    if (pooling !== null && isLinear(context, node)) {
      const [own] = context.pathOfNode(node) ?? [];
      const [before] = context.pathOf(data) ?? [];
      const [pooledIn] = context.pathOfNode(pooling) ?? [];
      const isApart = own !== undefined && before !== undefined && own !== before;
      return isProbability || (isApart && own === pooledIn) ? [{ node, input: data }] : null;
    }
    if (POOLING.has(node.opType)) pooling = node;
    else if (!(pooling === null ? PASS : BEFORE_POOLING).has(node.opType)) return null;
    name = data;
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
  // Scores of queries or characters are no classes of the image.
  if (valueKind(context, logits).kind !== 'vector') return null;
  const linears = linearsBehind(context, logits);
  if (linears !== null) return { logits, linears, isBeforePooling: false };
  const early = classifierBeforePooling(context, logits, logits !== context.output);
  return early === null ? null : { logits, linears: early, isBeforePooling: true };
}

import type { Manifest } from '@featuretap/core/spec';
import type { GraphIndex } from '../graph/graph-index.js';
import { DATA_TYPE } from '../proto/fields.js';
import type { Node } from '../proto/model.js';
import { isFound, type FieldPlan, type RecordPlan } from './plan.js';

/** Operators that change nothing. */
const SAME = new Set(['Identity', 'Dropout']);

/** Operators that change neither the numbers nor their order within an image. */
const PASS = new Set(['Identity', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Dropout']);

/** More nodes than stand between the last features and the scores of a mean and a linear classifier. */
const MAX_STEPS = 16;

/** Axes of the positions, in ascending order. */
const POSITIONS = { NCHW: '2,3', NHWC: '1,2' } as const;

type ClassWeights = NonNullable<Manifest['classWeights']>;

interface Linear {
  readonly weights: ClassWeights;
  /** What is multiplied. */
  readonly input: string;
}

function isFloatWeight({ model }: GraphIndex, name: string): boolean {
  const tensor = model.graph.initializers.find((one) => one.name === name);
  return tensor?.dataType === DATA_TYPE.float32 || tensor?.dataType === DATA_TYPE.float16;
}

/** The linear operator that a node is, when its weights are in the file and nothing else is in it. */
function asLinear(index: GraphIndex, node: Node): Linear | null {
  const [input = '', weight = ''] = node.inputs;
  const dims = index.constantOf.get(weight)?.dims ?? [];
  const number = (name: string): number => {
    const attribute = node.attributes.get(name);
    return attribute?.float ?? attribute?.int ?? (name === 'alpha' ? 1 : 0);
  };
  if (!isFloatWeight(index, weight)) return null;
  switch (node.opType) {
    case 'Gemm': {
      if (number('alpha') !== 1 || number('transA') !== 0 || dims.length !== 2) return null;
      return { input, weights: { initializer: weight, transposed: number('transB') === 0 } };
    }
    case 'MatMul':
      return dims.length === 2
        ? { input, weights: { initializer: weight, transposed: true } }
        : null;
    case 'Conv':
      return dims.length === 4 && dims[2] === 1 && dims[3] === 1 && number('group') <= 1
        ? { input, weights: { initializer: weight, transposed: false } }
        : null;
    default:
      return null;
  }
}

/** A bias: the data behind it. */
function withoutBias(index: GraphIndex, node: Node): string | null {
  if (node.opType !== 'Add') return null;
  const data = node.inputs.filter((name) => !index.constantOf.has(name));
  return data.length === 1 ? (data[0] ?? null) : null;
}

/** Whether a node is the mean over all positions of a map. */
function isPositionMean(index: GraphIndex, node: Node, layout: keyof typeof POSITIONS): boolean {
  if (node.opType === 'GlobalAveragePool') return layout === 'NCHW';
  if (node.opType !== 'ReduceMean') return false;
  const [, second = ''] = node.inputs;
  const axes = node.attributes.get('axes')?.ints ?? index.constantOf.get(second)?.values ?? [];
  const positive = axes.map((axis) => (axis < 0 ? axis + 4 : axis));
  return positive.sort((a, b) => a - b).join() === POSITIONS[layout];
}

function linearBehind(index: GraphIndex, logits: string): Linear | null {
  let name = logits;
  for (let step = 0; step < MAX_STEPS; step++) {
    const node = index.producerOf.get(name);
    if (node === undefined) return null;
    const linear = asLinear(index, node);
    if (linear !== null) return linear;
    const next = PASS.has(node.opType) ? node.inputs[0] : withoutBias(index, node);
    if (next === undefined || next === null) return null;
    name = next;
  }
  return null;
}

/** Whether a value is the mean over the positions of unpooled and nothing else. */
function isMeanOf(index: GraphIndex, value: string, { value: from, layout }: FieldPlan): boolean {
  if (layout !== 'NCHW' && layout !== 'NHWC') return false;
  let name = value;
  let means = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    if (name === from) return means === 1;
    const node = index.producerOf.get(name);
    const mean = node !== undefined && isPositionMean(index, node, layout);
    // In front of the mean a Reshape would group other elements into channels.
    const passes = means === 0 ? PASS : SAME;
    if (node === undefined || (!mean && !passes.has(node.opType))) return false;
    means += Number(mean);
    name = node.inputs[0] ?? '';
  }
  return false;
}

/**
 * The classifier's weights, where a class activation map from them is exact: logits are linear in
 * pooled, and pooled is the mean of unpooled over its positions (Zhou et al. 2016, arXiv:1512.04150).
 *
 * @returns null for every other head: several linear operators, activations between, other pooling.
 */
export function findClassWeights(
  index: GraphIndex,
  { unpooled, logits }: RecordPlan,
): ClassWeights | null {
  if (!('value' in unpooled) || !isFound(unpooled) || !isFound(logits)) return null;
  if (unpooled.adapter !== null || logits.adapter !== null) return null;
  const linear = linearBehind(index, logits.value);
  return linear !== null && isMeanOf(index, linear.input, unpooled) ? linear.weights : null;
}

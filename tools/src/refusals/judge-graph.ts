import type { FieldPlan, Model, Node } from '@featuretap/onnx-export';
import type { Claim } from './claims.js';

/** Values of the graph that a field is made of. */
function valuesOf({ value, adapter }: FieldPlan): readonly string[] {
  return adapter?.kind === 'concat' || adapter?.kind === 'mean' ? adapter.values : [value];
}

/** Everything that a value is made from, itself included. */
function ancestors(producers: ReadonlyMap<string, Node>, values: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...values];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const node = producers.get(name);
    if (node !== undefined) open.push(...node.inputs, ...node.captures);
  }
  return found;
}

/** Operators with weights: before the first of them there is only the image. */
const LEARNED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'ConvInteger', 'QLinearConv']);

/** Operators that take and make NCHW only. */
const CHANNELS_FIRST = new Set([
  'Conv',
  'ConvTranspose',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'BatchNormalization',
]);

/** Operators after which a value is an answer and no feature. */
const ANSWERS = new Set([
  'ArgMax',
  'Softmax',
  'LogSoftmax',
  'Sigmoid',
  'NonMaxSuppression',
  'TopK',
]);

/** A statement on the axes that the operators around a value contradict, or null. */
function misreadAxes(
  model: Model,
  producers: ReadonlyMap<string, Node>,
  { key, plan }: Claim,
): string | null {
  const { value, adapter, layout } = plan;
  const reads = adapter === null ? layout : adapter.kind === 'nhwc-to-nchw' ? 'NHWC' : null;
  if (reads !== 'NHWC') return null;
  const made = producers.get(value);
  const around = [
    ...(made === undefined ? [] : [made]),
    ...model.graph.nodes.filter(({ inputs }) => inputs[0] === value),
  ];
  const first = around.find(({ opType }) => CHANNELS_FIRST.has(opType));
  return first === undefined
    ? null
    : `${key}: ${value} is read as NHWC, but ${first.opType} beside it works on NCHW`;
}

/**
 * What is doubtful about the claims, one line each: features that are the network's own answer.
 *
 * A network that ends in a map may be an encoder, so this is no contradiction.
 */
export function doubtsOf(model: Model, claims: readonly Claim[]): string[] {
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  return claims
    .filter(
      ({ field, plan }) => field !== 'logits' && field !== 'pooled' && outputs.has(plan.value),
    )
    .map(({ key, plan }) => `${key} is the network's own output ${plan.value}`);
}

/**
 * What is wrong with the claims by the graph alone, one line each.
 *
 * Logits are made from pooled, pooled from unpooled, unpooled from the last stage, and each stage
 * from the one before. Features of an image need the image and no other input.
 */
export function judgeGraph(model: Model, input: string, claims: readonly Claim[]): string[] {
  const producers = new Map(
    model.graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)),
  );
  const weights = new Set(model.graph.initializers.map(({ name }) => name));
  const others = model.graph.inputs
    .map(({ name }) => name)
    .filter((name) => name !== input && !weights.has(name));
  const wrong: string[] = [];
  claims.forEach((claim, i) => {
    const { key, field, plan } = claim;
    const made = ancestors(producers, valuesOf(plan));
    const missing = valuesOf(plan).filter((name) => !producers.has(name) && name !== input);
    if (missing.length > 0) wrong.push(`${key}: no node makes ${missing.join(', ')}`);
    if (!made.has(input)) wrong.push(`${key}: ${plan.value} does not depend on the image`);
    if (![...made].some((name) => LEARNED.has(producers.get(name)?.opType ?? ''))) {
      wrong.push(`${key}: ${plan.value} is the image: no weights have touched it`);
    }
    const answer = producers.get(plan.value)?.opType ?? '';
    if (field !== 'logits' && ANSWERS.has(answer)) {
      wrong.push(`${key}: ${plan.value} is made by ${answer}, an answer and no feature`);
    }
    const misread = misreadAxes(model, producers, claim);
    if (misread !== null) wrong.push(misread);
    const foreign = others.filter((name) => made.has(name));
    if (foreign.length > 0) {
      wrong.push(`${key}: ${plan.value} also depends on the input ${foreign.join(', ')}`);
    }
    const before = claims[i - 1];
    // Branches of one field stand side by side.
    if (before === undefined || (field === 'unpooled' && before.field === 'unpooled')) return;
    if (!valuesOf(before.plan).some((name) => made.has(name))) {
      wrong.push(`${key}: ${plan.value} is not made from ${before.key}, ${before.plan.value}`);
    }
  });
  return wrong;
}

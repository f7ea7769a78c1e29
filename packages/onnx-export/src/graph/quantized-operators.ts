import type { BodyNode, Node } from '../proto/model.js';

/** A quantised operator as its plain one, and where its result's quantisation stands. */
interface QuantizedOperator {
  /** The operator on real numbers that it stands for. */
  readonly plain: string;
  /** Positions of the data inputs among its inputs, in the order of the plain operator. */
  readonly data: readonly number[];
  /** Positions of the scale and the zero point of what it makes; none for int32 sums. */
  readonly result?: readonly [number, number];
}

const UNARY = { data: [0], result: [3, 4] } as const;
const BINARY = { data: [0, 3], result: [6, 7] } as const;

/**
 * Operators on quantised numbers, by name; those of onnxruntime's own set too.
 * Source: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */
const OPERATORS: ReadonlyMap<string, QuantizedOperator> = new Map<string, QuantizedOperator>([
  ['ConvInteger', { plain: 'Conv', data: [0, 1] }],
  ['MatMulInteger', { plain: 'MatMul', data: [0, 1] }],
  ['QGemm', { plain: 'Gemm', data: [0, 3, 6], result: [7, 8] }],
  ['QLinearAdd', { plain: 'Add', ...BINARY }],
  ['QLinearAveragePool', { plain: 'AveragePool', ...UNARY }],
  ['QLinearConcat', { plain: 'Concat', data: [], result: [0, 1] }],
  ['QLinearConv', { plain: 'Conv', data: [0, 3, 8], result: [6, 7] }],
  ['QLinearGlobalAveragePool', { plain: 'GlobalAveragePool', ...UNARY }],
  ['QLinearLeakyRelu', { plain: 'LeakyRelu', ...UNARY }],
  ['QLinearMatMul', { plain: 'MatMul', ...BINARY }],
  ['QLinearMul', { plain: 'Mul', ...BINARY }],
  ['QLinearReduceMean', { plain: 'ReduceMean', ...UNARY }],
  ['QLinearSigmoid', { plain: 'Sigmoid', ...UNARY }],
  ['QLinearSoftmax', { plain: 'Softmax', ...UNARY }],
]);

const DOMAINS: ReadonlySet<string> = new Set(['', 'com.microsoft']);

function find({ opType, domain, attributes }: BodyNode): QuantizedOperator | undefined {
  // Channels-last variants have other axes than the plain operators.
  if (!DOMAINS.has(domain) || attributes.get('channels_last')?.int === 1) return undefined;
  return OPERATORS.get(opType);
}

/** Positions of the data inputs of QLinearConcat: behind scale and zero point, one in three. */
function concatData(inputs: readonly string[]): number[] {
  return [...inputs.keys()].filter((position) => position % 3 === 2);
}

/**
 * A node on quantised numbers as the node on real numbers that it stands for; others as they are.
 *
 * Values keep their names, so that what is found in the plain graph is there in the quantised one.
 */
export function plainNode<N extends BodyNode>(node: N): N {
  const operator = find(node);
  if (operator === undefined) return node;
  const data = operator.data.length === 0 ? concatData(node.inputs) : operator.data;
  const inputs = data.map((position) => node.inputs[position] ?? '');
  return { ...node, opType: operator.plain, domain: '', inputs };
}

/** Whether a node turns real numbers into quantised ones. */
export function isQuantize({ opType, domain }: Node): boolean {
  return opType === 'QuantizeLinear' && DOMAINS.has(domain);
}

/** Whether a node turns quantised numbers into real ones. */
export function isDequantize({ opType, domain }: Node): boolean {
  return opType === 'DequantizeLinear' && DOMAINS.has(domain);
}

/** Whether a node turns real numbers into quantised ones, with a scale that it computes itself. */
export function isDynamicQuantize({ opType, domain }: Node): boolean {
  return opType === 'DynamicQuantizeLinear' && DOMAINS.has(domain);
}

/** Names of scale and zero point of what a node makes; the zero point is empty where absent. */
export function resultQuantization(node: Node): { scale: string; zeroPoint: string } | null {
  const positions = isQuantize(node) ? ([1, 2] as const) : find(node)?.result;
  if (positions === undefined) return null;
  const [scale, zeroPoint] = positions.map((position) => node.inputs[position] ?? '');
  return scale === undefined || scale === '' ? null : { scale, zeroPoint: zeroPoint ?? '' };
}

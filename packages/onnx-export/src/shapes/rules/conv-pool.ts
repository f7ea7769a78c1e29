import {
  factOf,
  intAttribute,
  intsAttribute,
  positiveAxis,
  type Fact,
  type ShapeRule,
} from '../fact.js';
import type { BodyNode } from '../../proto/model.js';

/** Output positions along one axis of a sliding window (ONNX operators Conv and MaxPool). */
function slide(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: number,
  ceilMode: boolean,
): number {
  const span = dilation * (kernel - 1) + 1;
  const steps = (size + padding - span) / stride;
  return (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
}

function windowed(node: BodyNode, spatial: readonly number[], kernel: readonly number[]): number[] {
  const rank = spatial.length;
  const strides = intsAttribute(node, 'strides');
  const dilations = intsAttribute(node, 'dilations');
  const pads = intsAttribute(node, 'pads');
  const autoPad = node.attributes.get('auto_pad')?.string ?? 'NOTSET';
  const ceilMode = intAttribute(node, 'ceil_mode', 0) === 1;
  return spatial.map((size, axis) => {
    const stride = strides?.[axis] ?? 1;
    if (autoPad.startsWith('SAME')) return Math.ceil(size / stride);
    const padding = autoPad === 'VALID' ? 0 : (pads?.[axis] ?? 0) + (pads?.[axis + rank] ?? 0);
    return slide(size, kernel[axis] ?? 1, stride, dilations?.[axis] ?? 1, padding, ceilMode);
  });
}

const conv: ShapeRule = (node, [input, weight]) => {
  if (!input || !weight || input.dims.length < 3) return [];
  const [batch = 1, , ...spatial] = input.dims;
  const [channels = 1, , ...kernel] = weight.dims;
  return [factOf([batch, channels, ...windowed(node, spatial, kernel)])];
};

const convTranspose: ShapeRule = (node, [input, weight]) => {
  if (!input || !weight) return [];
  const [batch = 1, , ...spatial] = input.dims;
  const [, channels = 1, ...kernel] = weight.dims;
  const rank = spatial.length;
  const pads = intsAttribute(node, 'pads');
  const sizes = spatial.map((size, axis) => {
    const stride = intsAttribute(node, 'strides')?.[axis] ?? 1;
    const dilation = intsAttribute(node, 'dilations')?.[axis] ?? 1;
    const extra = intsAttribute(node, 'output_padding')?.[axis] ?? 0;
    const padding = (pads?.[axis] ?? 0) + (pads?.[axis + rank] ?? 0);
    return stride * (size - 1) + extra + dilation * ((kernel[axis] ?? 1) - 1) + 1 - padding;
  });
  return [factOf([batch, channels * intAttribute(node, 'group', 1), ...sizes])];
};

const pool: ShapeRule = (node, [input]) => {
  const kernel = intsAttribute(node, 'kernel_shape');
  if (!input || !kernel) return [];
  const [batch = 1, channels = 1, ...spatial] = input.dims;
  const dims = [batch, channels, ...windowed(node, spatial, kernel)];
  return [factOf(dims), factOf(dims)];
};

const globalPool: ShapeRule = (_node, [input]) =>
  input ? [factOf(input.dims.map((dim, axis) => (axis < 2 ? dim : 1)))] : [];

/** Axes moved from attribute to input in opset 13 (ReduceSum) and 18 (the others). */
const reduce: ShapeRule = (node, [input, axesInput]) => {
  if (!input) return [];
  const rank = input.dims.length;
  const listed = intsAttribute(node, 'axes') ?? axesInput?.values;
  if (listed === undefined && node.inputs[1]) return [];
  const keepAll = listed === undefined && intAttribute(node, 'noop_with_empty_axes', 0) === 1;
  const axes = new Set(
    (listed ?? (keepAll ? [] : input.dims.map((_, axis) => axis))).map((axis) =>
      positiveAxis(axis, rank),
    ),
  );
  const keep = intAttribute(node, 'keepdims', 1) === 1;
  const dims = input.dims.map((dim, axis) => (axes.has(axis) ? 1 : dim));
  const shape = keep ? dims : dims.filter((_, axis) => !axes.has(axis));
  return [factOf(shape, reducedValues(node, input, shape))];
};

function reducedValues(
  node: BodyNode,
  input: Fact,
  shape: readonly number[],
): number[] | undefined {
  if (input.values === undefined || shape.some((dim) => dim !== 1)) return undefined;
  if (node.opType === 'ReduceProd') return [input.values.reduce((a, b) => a * b, 1)];
  if (node.opType === 'ReduceSum') return [input.values.reduce((a, b) => a + b, 0)];
  if (node.opType === 'ReduceMax') return [Math.max(...input.values)];
  if (node.opType === 'ReduceMin') return [Math.min(...input.values)];
  return undefined;
}

const argReduce: ShapeRule = (node, [input]) => {
  if (!input) return [];
  const axis = positiveAxis(intAttribute(node, 'axis', 0), input.dims.length);
  const dims = input.dims.map((dim, i) => (i === axis ? 1 : dim));
  return [factOf(intAttribute(node, 'keepdims', 1) ? dims : dims.filter((_, i) => i !== axis))];
};

/** Rules of convolutions, poolings and reductions. */
export const convPoolRules: Readonly<Record<string, ShapeRule>> = {
  Conv: conv,
  ConvInteger: conv,
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  ArgMax: argReduce,
  ArgMin: argReduce,
  ...Object.fromEntries(
    ['Mean', 'Sum', 'Max', 'Min', 'Prod', 'L1', 'L2', 'SumSquare', 'LogSumExp', 'LogSum'].map(
      (kind) => [`Reduce${kind}`, reduce],
    ),
  ),
};

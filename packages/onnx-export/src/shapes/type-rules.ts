import { DATA_TYPE } from '../proto/fields.js';
import type { BodyNode } from '../proto/model.js';
import { intAttribute } from './fact.js';

/** Element type of each input, `TensorProto.DataType`; undefined where it is not known. */
export type InputTypes = readonly (number | undefined)[];

/** Element type of each output; fewer entries, or undefined ones, where it is not known. */
export type OutputTypes = readonly (number | undefined)[];

type TypeRule = (node: BodyNode, inputs: InputTypes, opset: number) => OutputTypes;

const { bool, float32, int32, int64, string, uint8 } = DATA_TYPE;

/** Operators whose outputs all have the type of the first input. */
const LIKE_FIRST = [
  ...['Abs', 'Acos', 'Acosh', 'AffineGrid', 'Asin', 'Asinh', 'Atan', 'Atanh', 'AveragePool'],
  ...['BitShift', 'BitwiseNot', 'Ceil', 'Celu', 'CenterCropPad', 'Clip', 'Col2Im', 'Compress'],
  ...['Cos', 'Cosh', 'CumProd', 'CumSum', 'DFT', 'DepthToSpace', 'Det', 'Elu', 'Erf', 'Exp'],
  ...['Expand', 'Flatten', 'Floor', 'Gather', 'GatherElements', 'GatherND', 'Gelu'],
  ...['GlobalAveragePool', 'GlobalLpPool', 'GlobalMaxPool', 'GridSample', 'HardSigmoid'],
  ...['HardSwish', 'Hardmax', 'Identity', 'LRN', 'LeakyRelu', 'Log', 'LogSoftmax'],
  ...['LpNormalization', 'LpPool', 'MaxRoiPool', 'MaxUnpool', 'MeanVarianceNormalization'],
  ...['Mish', 'Neg', 'NegativeLogLikelihoodLoss', 'Pad', 'Pow', 'Reciprocal', 'ReduceL1'],
  ...['ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin'],
  ...['ReduceProd', 'ReduceSum', 'ReduceSumSquare', 'Relu', 'Reshape', 'Resize'],
  ...['ReverseSequence', 'RoiAlign', 'RotaryEmbedding', 'Round', 'STFT', 'Scatter'],
  ...['ScatterElements', 'ScatterND', 'Selu', 'Shrink', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Slice'],
  ...['Softmax', 'SoftmaxCrossEntropyLoss', 'Softplus', 'Softsign', 'SpaceToDepth', 'Split'],
  ...['Sqrt', 'Squeeze', 'Swish', 'Tan', 'Tanh', 'TensorScatter', 'ThresholdedRelu', 'Tile'],
  ...['Transpose', 'Trilu', 'Unsqueeze', 'Upsample', 'CausalConvWithState', 'SwiGLU'],
];

/** Operators all of whose inputs and outputs have one type, so that any input tells it. */
const LIKE_ANY = [
  ...['Add', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'Concat', 'Div', 'Einsum', 'Gemm', 'MatMul'],
  ...['Max', 'Mean', 'Min', 'Mod', 'Mul', 'PRelu', 'Range', 'StringConcat', 'Sub', 'Sum'],
];

/** Operators whose data, weights and outputs have one type; what follows them is something else. */
const LIKE_FIRST_TWO = ['Conv', 'ConvTranspose', 'DeformConv', 'InstanceNormalization', 'GRU'];

/** Operators that always make one type. */
const ALWAYS: Readonly<Record<string, OutputTypes>> = {
  And: [bool],
  ArgMax: [int64],
  ArgMin: [int64],
  ConvInteger: [int32],
  DynamicQuantizeLinear: [uint8, float32, uint8],
  Equal: [bool],
  Greater: [bool],
  GreaterOrEqual: [bool],
  ImageDecoder: [uint8],
  IsInf: [bool],
  IsNaN: [bool],
  Less: [bool],
  LessOrEqual: [bool],
  MatMulInteger: [int32],
  NonMaxSuppression: [int64],
  NonZero: [int64],
  Not: [bool],
  OptionalHasElement: [bool],
  Or: [bool],
  RegexFullMatch: [bool],
  SequenceLength: [int64],
  Shape: [int64],
  Size: [int64],
  StringNormalizer: [string],
  StringSplit: [string, int64],
  TfIdfVectorizer: [float32],
  Xor: [bool],
};

/** Opset from which Dropout's mask is bool. */
const BOOL_MASK_OPSET = 10;

/** Opset from which MaxPool has a second output, of int64. */
const POOL_INDICES_OPSET = 8;

function all(node: BodyNode, type: number | undefined): OutputTypes {
  return node.outputs.map(() => type);
}

/** A type that an attribute names, or else the fallback. */
function named(node: BodyNode, attribute: string, fallback: number | undefined): OutputTypes {
  const type = intAttribute(node, attribute, 0);
  return [type === 0 ? fallback : type];
}

function constantType({ attributes }: BodyNode): number | undefined {
  const types: Readonly<Record<string, number>> = {
    value_float: float32,
    value_floats: float32,
    value_int: int64,
    value_ints: int64,
    value_string: string,
    value_strings: string,
  };
  for (const { name, tensor } of attributes.values()) {
    if (name === 'value' && tensor !== undefined) return tensor.dataType || undefined;
    if (types[name] !== undefined) return types[name];
  }
  return undefined;
}

/** Whether an optional input is there. */
function has(node: BodyNode, position: number): boolean {
  return (node.inputs[position] ?? '') !== '';
}

const RULES: Readonly<Record<string, TypeRule>> = {
  Attention: (_, [q, k, v]) => [q, k, v, q],
  BatchNormalization: (_, [x, , , mean]) => [x, mean, mean, mean, mean],
  Bernoulli: (node, [x]) => named(node, 'dtype', x),
  BitCast: (node) => named(node, 'to', undefined),
  BlackmanWindow: (node) => named(node, 'output_datatype', float32),
  Cast: (node) => named(node, 'to', undefined),
  CastLike: (_, [, like]) => [like],
  Constant: (node) => [constantType(node)],
  ConstantOfShape: ({ attributes }) => [attributes.get('value')?.tensor?.dataType ?? float32],
  DequantizeLinear: (node, [, scale]) => named(node, 'output_dtype', scale),
  Dropout: (_, [x], opset) => [x, opset < BOOL_MASK_OPSET ? x : bool],
  EyeLike: (node, [x]) => named(node, 'dtype', x),
  GroupNormalization: (_, [x]) => [x],
  HammingWindow: (node) => named(node, 'output_datatype', float32),
  HannWindow: (node) => named(node, 'output_datatype', float32),
  LSTM: (node, [x, w]) => all(node, x ?? w),
  LayerNormalization: (node, [x]) => {
    const stash = intAttribute(node, 'stash_type', float32);
    return [x, stash, stash];
  },
  LinearAttention: (_, [q, , , state]) => [q, state],
  // Loop-carried values keep their types; a body's own results are not looked into.
  Loop: (_, inputs) => inputs.slice(2),
  MaxPool: (_, [x], opset) => [x, opset < POOL_INDICES_OPSET ? undefined : int64],
  MelWeightMatrix: (node) => named(node, 'output_datatype', float32),
  Multinomial: (node) => named(node, 'dtype', int32),
  OneHot: (_, [, , values]) => [values],
  QLinearConv: (_, inputs) => [inputs[7]],
  QLinearMatMul: (_, inputs) => [inputs[7]],
  QuantizeLinear: (node, [, , zeroPoint]) =>
    has(node, 2) ? [zeroPoint] : named(node, 'output_dtype', uint8),
  RMSNormalization: (_, [, scale]) => [scale],
  RNN: (node, [x, w]) => all(node, x ?? w),
  RandomNormal: (node) => named(node, 'dtype', float32),
  RandomNormalLike: (node, [x]) => named(node, 'dtype', x),
  RandomUniform: (node) => named(node, 'dtype', float32),
  RandomUniformLike: (node, [x]) => named(node, 'dtype', x),
  TopK: (_, [x]) => [x, int64],
  Unique: (_, [x]) => [x, int64, int64, int64],
  Where: (_, [, a, b]) => [a ?? b],
  ...Object.fromEntries(Object.entries(ALWAYS).map(([op, types]) => [op, () => types])),
  ...Object.fromEntries(LIKE_FIRST.map((op) => [op, (node, [x]) => all(node, x)])),
  ...Object.fromEntries(LIKE_FIRST_TWO.map((op) => [op, (node, [x, w]) => all(node, x ?? w)])),
  ...Object.fromEntries(
    LIKE_ANY.map((op) => [
      op,
      (node, inputs) =>
        all(
          node,
          inputs.find((type) => type),
        ),
    ]),
  ),
} satisfies Readonly<Record<string, TypeRule>>;

/**
 * Operators of onnxruntime's own set that quantised and optimised models have.
 * Source: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */
const MICROSOFT_RULES: Readonly<Record<string, TypeRule>> = {
  DequantizeLinear: (_, [, scale]) => [scale],
  QGemm: (node, inputs) => (has(node, 8) ? [inputs[8]] : [float32]),
  QLinearConcat: (_, [, zeroPoint]) => [zeroPoint],
  QLinearConv: (_, inputs) => [inputs[7]],
  QuantizeLinear: (node, [, , zeroPoint]) => (has(node, 2) ? [zeroPoint] : [uint8]),
  ...Object.fromEntries(
    [
      ...['BiasGelu', 'FastGelu', 'FusedConv', 'FusedMatMul', 'Gelu', 'NhwcMaxPool', 'QuickGelu'],
      ...['QLinearAdd', 'QLinearAveragePool', 'QLinearGlobalAveragePool', 'QLinearLeakyRelu'],
      ...['QLinearMul', 'QLinearReduceMean', 'QLinearSigmoid', 'QLinearSoftmax'],
    ].map((op) => [op, (_, [x]) => [x]] satisfies [string, TypeRule]),
  ),
};

const DOMAINS: ReadonlyMap<string, ReadonlyMap<string, TypeRule>> = new Map([
  ['', new Map(Object.entries(RULES))],
  ['com.microsoft', new Map(Object.entries(MICROSOFT_RULES))],
]);

/** Types of what a node makes, from those of what it takes; If and Scan are not among the rules. */
export function outputTypes(node: BodyNode, inputs: InputTypes, opset: number): OutputTypes {
  return DOMAINS.get(node.domain)?.get(node.opType)?.(node, inputs, opset) ?? [];
}

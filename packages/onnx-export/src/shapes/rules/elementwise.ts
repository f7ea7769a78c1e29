import { isFloatType } from '../../proto/fields.js';
import {
  broadcast,
  elementCount,
  factOf,
  intAttribute,
  MAX_VALUES,
  type Fact,
  type ShapeRule,
} from '../fact.js';

type Binary = (a: number, b: number) => number;

/** Operators that keep their first input's shape and whose values nobody needs. */
const KEEP_SHAPE = [
  'LeakyRelu',
  'PRelu',
  'Elu',
  'Selu',
  'Celu',
  'Sigmoid',
  'HardSigmoid',
  'HardSwish',
  'Gelu',
  'Mish',
  'Softplus',
  'Softsign',
  'Tanh',
  'Erf',
  'Exp',
  'Log',
  'Sin',
  'Cos',
  'Softmax',
  'LogSoftmax',
  'BatchNormalization',
  'InstanceNormalization',
  'LayerNormalization',
  'GroupNormalization',
  'RMSNormalization',
  'LpNormalization',
  'MeanVarianceNormalization',
  'LRN',
  'Dropout',
  'CumSum',
  'Not',
  'QuantizeLinear',
  'DequantizeLinear',
  'ScatterND',
  'ScatterElements',
  'IsNaN',
  'Round',
  'Sign',
] as const;

/** Unary operators whose values shape arithmetic uses. */
const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Identity: (x) => x,
  Neg: (x) => -x,
  Relu: (x) => Math.max(x, 0),
  Abs: Math.abs,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
};

const BINARY: Readonly<Record<string, Binary>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Pow: (a, b) => a ** b,
  Mod: (a, b) => a - b * Math.floor(a / b),
  Equal: (a, b) => Number(a === b),
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  And: (a, b) => Number(a !== 0 && b !== 0),
  Or: (a, b) => Number(a !== 0 || b !== 0),
  Max: Math.max,
  Min: Math.min,
};

/** Operands above this count carry no values: variadic operators of shape arithmetic take a few. */
const MAX_OPERANDS = 16;

function valueAt(fact: Fact, dims: readonly number[], index: number): number {
  let rest = index;
  let offset = 0;
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const size = dims[axis] ?? 1;
    const position = rest % size;
    rest = Math.floor(rest / size);
    const own = fact.dims[axis - dims.length + fact.dims.length];
    if (own === undefined) continue;
    if (own !== 1) offset += position * stride;
    stride *= own;
  }
  return fact.values?.[offset] ?? NaN;
}

function broadcastValues(
  facts: readonly Fact[],
  dims: readonly number[],
  combine: (...values: number[]) => number,
): number[] | undefined {
  const count = elementCount(dims);
  if (
    facts.length > MAX_OPERANDS ||
    count > MAX_VALUES ||
    facts.some((fact) => fact.values === undefined)
  )
    return undefined;
  return Array.from({ length: count }, (_, i) =>
    combine(...facts.map((fact) => valueAt(fact, dims, i))),
  );
}

function variadic(combine: (...values: number[]) => number): ShapeRule {
  return (_node, inputs) => {
    const facts = inputs.filter((fact) => fact !== undefined);
    if (facts.length === 0 || facts.length < inputs.length) return [];
    const dims = facts
      .slice(1)
      .reduce<number[] | undefined>(
        (all, fact) => (all ? broadcast(all, fact.dims) : undefined),
        [...(facts[0]?.dims ?? [])],
      );
    return dims === undefined ? [] : [factOf(dims, broadcastValues(facts, dims, combine))];
  };
}

const keepShape: ShapeRule = (_node, [input]) => (input === undefined ? [] : [factOf(input.dims)]);

/** Integers divide with truncation, as ONNX's Div says; SAME padding divides floats. */
const divide: ShapeRule = (node, inputs, opset) => {
  const isFloat = inputs.some((fact) => fact?.isFloat === true);
  return variadic((a = 0, b = 1) => (isFloat ? a / b : Math.trunc(a / b)))(node, inputs, opset);
};

const cast: ShapeRule = (node, [input]) => {
  if (!input) return [];
  const isFloat = isFloatType(intAttribute(node, 'to', 0));
  const values = isFloat ? input.values : input.values?.map(Math.trunc);
  return [{ ...factOf(input.dims, values), isFloat }];
};

const castLike: ShapeRule = (_node, [input, like]) => {
  if (!input) return [];
  const isFloat = like?.isFloat ?? false;
  const values = isFloat ? input.values : input.values?.map(Math.trunc);
  return [{ ...factOf(input.dims, values), isFloat }];
};

/** Clip's bounds moved from attributes to inputs in opset 11. */
const clip: ShapeRule = (node, [input, lowInput, highInput]) => {
  if (!input) return [];
  const low = lowInput?.values?.[0] ?? node.attributes.get('min')?.float ?? -Infinity;
  const high = highInput?.values?.[0] ?? node.attributes.get('max')?.float ?? Infinity;
  return [
    factOf(
      input.dims,
      input.values?.map((x) => Math.min(Math.max(x, low), high)),
    ),
  ];
};

/** Rules of operators that work element by element, with broadcasting. */
export const elementwiseRules: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(KEEP_SHAPE.map((name) => [name, keepShape])),
  ...Object.fromEntries(
    Object.entries(UNARY).map(([name, map]): [string, ShapeRule] => [
      name,
      (_node, [input]) => (input ? [factOf(input.dims, input.values?.map(map))] : []),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(BINARY).map(([name, combine]) => [
      name,
      variadic((...values) => values.reduce((a, b) => combine(a, b))),
    ]),
  ),
  Cast: cast,
  CastLike: castLike,
  Clip: clip,
  Div: divide,
  Sum: variadic((...values) => values.reduce((a, b) => a + b)),
  Mean: variadic((...values) => values.reduce((a, b) => a + b) / values.length),
  Where: variadic((condition = 0, yes = 0, no = 0) => (condition === 0 ? no : yes)),
};

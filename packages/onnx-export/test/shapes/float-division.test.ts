import { describe, expect, it } from 'vitest';
import { indexGraph } from '../../src/graph/graph-index.js';
import { inferFacts } from '../../src/shapes/infer-facts.js';
import { inferShapes } from '../../src/shapes/symbolic-shapes.js';
import { buildModel, type ModelSpec } from '../build-model.js';
import type { NodeSpec } from '../catalogue/small-networks.js';
import { parse } from '../read-fixture.js';
import { run } from '../run-model.js';

/** `TensorProto.DataType` */
const [FLOAT, INT64] = [1, 7];

const constant = (output: string, value: number): NodeSpec => ({
  op: 'Constant',
  inputs: [],
  output,
  int: { value_int: value },
});

/** A constant of either sign: attributes here hold none below 0. */
const signed = (output: string, value: number): NodeSpec[] => [
  constant(`${output}_size`, Math.abs(value)),
  { op: value < 0 ? 'Neg' : 'Identity', inputs: [`${output}_size`], output },
];

const cast = (input: string, to: number, output: string): NodeSpec => ({
  op: 'Cast',
  inputs: [input],
  output,
  int: { to },
});

async function valuesOf(nodes: readonly NodeSpec[]): Promise<Map<string, readonly number[]>> {
  const conv: NodeSpec = { op: 'Conv', inputs: ['input', 'w'], output: 'out' };
  const spec: ModelSpec = {
    nodes: [...nodes, conv],
    weights: { w: [4, 3, 1, 1] },
    output: { name: 'out', shape: ['batch', 4, 32, 32] },
  };
  const facts = inferFacts(indexGraph(await parse(buildModel(spec))), () => 2);
  return new Map([...facts].map(([name, { values }]) => [name, values ?? []]));
}

describe('Div in shape arithmetic', () => {
  it.each([
    [7, 2, 3],
    [-7, 2, -3],
    [7, -2, -3],
    [8, 2, 4],
    [1, 3, 0],
  ])('truncates integers: %i / %i = %i', async (a, b, quotient) => {
    const values = await valuesOf([
      ...signed('a', a),
      ...signed('b', b),
      { op: 'Div', inputs: ['a', 'b'], output: 'q' },
    ]);
    expect(values.get('q')).toEqual([quotient]);
  });

  it('keeps the fraction of floats', async () => {
    const values = await valuesOf([
      constant('a', 7),
      constant('b', 2),
      cast('a', FLOAT, 'x'),
      cast('b', FLOAT, 'y'),
      { op: 'Div', inputs: ['x', 'y'], output: 'q' },
      { op: 'Ceil', inputs: ['q'], output: 'up' },
      { op: 'Floor', inputs: ['q'], output: 'down' },
      cast('q', INT64, 'whole'),
    ]);
    expect(['q', 'up', 'down', 'whole'].map((name) => values.get(name)?.[0])).toEqual([
      3.5, 4, 3, 3,
    ]);
  });

  it('is of the type that a chain of operators hands on', async () => {
    const values = await valuesOf([
      constant('a', 7),
      constant('b', 2),
      cast('a', FLOAT, 'x'),
      { op: 'Neg', inputs: ['x'], output: 'negative' },
      { op: 'CastLike', inputs: ['b', 'negative'], output: 'y' },
      { op: 'Div', inputs: ['negative', 'y'], output: 'q' },
    ]);
    expect(values.get('q')).toEqual([-3.5]);
  });

  it('truncates again behind a cast to integers', async () => {
    const values = await valuesOf([
      constant('a', 7),
      constant('b', 2),
      cast('a', FLOAT, 'x'),
      cast('x', INT64, 'back'),
      { op: 'Div', inputs: ['back', 'b'], output: 'q' },
    ]);
    expect(values.get('q')).toEqual([3]);
  });
});

describe('Max and Min in shape arithmetic', () => {
  it.each([
    ['Max', 5],
    ['Min', 2],
  ])('%s of two constants', async (op, result) => {
    const values = await valuesOf([
      constant('a', 2),
      constant('b', 5),
      { op, inputs: ['a', 'b'], output: 'm' },
    ]);
    expect(values.get('m')).toEqual([result]);
  });
});

/** Side of the input of `run`, and the stride: 16 / 3 must be rounded up, not down. */
const [SIDE, STRIDE, KERNEL] = [16, 3, 3];

/**
 * SAME padding as timm's `pad_same` is exported: max((ceil(side / stride) - 1) * stride + kernel -
 * side, 0), here with all of it at the end.
 */
const SAME: ModelSpec = {
  input: ['batch', 3, SIDE, SIDE],
  nodes: [
    { op: 'Shape', inputs: ['input'], output: 'sizes' },
    constant('axis', 2),
    { op: 'Gather', inputs: ['sizes', 'axis'], output: 'side', int: { axis: 0 } },
    constant('stride', STRIDE),
    constant('one', 1),
    constant('kernel', KERNEL),
    constant('zero', 0),
    cast('side', FLOAT, 'side_float'),
    cast('stride', FLOAT, 'stride_float'),
    { op: 'Div', inputs: ['side_float', 'stride_float'], output: 'quotient' },
    { op: 'Ceil', inputs: ['quotient'], output: 'up' },
    cast('up', INT64, 'count'),
    { op: 'Sub', inputs: ['count', 'one'], output: 'steps' },
    { op: 'Mul', inputs: ['steps', 'stride'], output: 'reach' },
    { op: 'Add', inputs: ['reach', 'kernel'], output: 'needed' },
    { op: 'Sub', inputs: ['needed', 'side'], output: 'missing' },
    { op: 'Clip', inputs: ['missing', 'zero'], output: 'padding' },
    { op: 'Constant', inputs: [], output: 'list', ints: { value_ints: [1] } },
    { op: 'Reshape', inputs: ['padding', 'list'], output: 'end' },
    { op: 'Constant', inputs: [], output: 'front', ints: { value_ints: [0, 0, 0, 0, 0, 0] } },
    { op: 'Concat', inputs: ['front', 'end', 'end'], output: 'pads', int: { axis: 0 } },
    { op: 'Pad', inputs: ['input', 'pads'], output: 'padded' },
    {
      op: 'Conv',
      inputs: ['padded', 'w'],
      output: 'out',
      ints: { strides: [STRIDE, STRIDE], kernel_shape: [KERNEL, KERNEL] },
    },
  ],
  weights: { w: [4, 3, KERNEL, KERNEL] },
  output: { name: 'out', shape: ['batch', 4, 'height', 'width'] },
};

describe('SAME padding', () => {
  it('has the shape in inference that it has in onnxruntime', async () => {
    const bytes = buildModel(SAME);
    const { shapeOf } = inferShapes(indexGraph(await parse(bytes)), 'input');
    expect(shapeOf('padded')).toEqual(['batch', 3, 18, 18]);
    expect(shapeOf('out')).toEqual(['batch', 4, 6, 6]);
    expect((await run(bytes)).get('out')?.dims).toEqual([2, 4, 6, 6]);
  });
});

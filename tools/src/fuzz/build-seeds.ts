// Models that the fixtures lack: bodies that capture, sparse weights, quantisation, functions.
import { bytesOf, messageOf, toBytes, varintOf, type BytesField, type Field } from './wire-tree.js';

interface NodeParts {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: readonly Field[];
  readonly metadata?: Readonly<Record<string, string>>;
}

function node({ op, inputs, outputs, name, domain, attributes, metadata }: NodeParts): BytesField {
  return messageOf(1, 'Node', [
    ...inputs.map((value) => bytesOf(1, value, 'name')),
    ...outputs.map((value) => bytesOf(2, value, 'name')),
    bytesOf(3, name ?? `/${outputs[0] ?? ''}/${op}`, 'name'),
    bytesOf(4, op, 'text'),
    ...(attributes ?? []),
    ...(domain === undefined ? [] : [bytesOf(7, domain, 'text')]),
    ...Object.entries(metadata ?? {}).map(([key, value]) => entry(9, key, value)),
  ]);
}

function entry(number: number, key: string, value: string): BytesField {
  return messageOf(number, 'Entry', [bytesOf(1, key, 'text'), bytesOf(2, value, 'text')]);
}

function ints(name: string, values: readonly number[]): BytesField {
  const list = values.map((value) => varintOf(8, value));
  return messageOf(5, 'Attribute', [bytesOf(1, name, 'text'), ...list, varintOf(20, 7)]);
}

function int(name: string, value: number): BytesField {
  return messageOf(5, 'Attribute', [bytesOf(1, name, 'text'), varintOf(3, value), varintOf(20, 2)]);
}

function body(name: string, members: Field[]): BytesField {
  const graph = messageOf(6, 'Graph', members);
  return messageOf(5, 'Attribute', [bytesOf(1, name, 'text'), graph, varintOf(20, 5)]);
}

function declare(number: number, name: string, dims: readonly (number | string)[]): BytesField {
  const shape = dims.map((dim) =>
    messageOf(1, 'Dimension', [
      typeof dim === 'number' ? varintOf(1, dim) : bytesOf(2, dim, 'text'),
    ]),
  );
  const tensor = messageOf(1, 'TensorType', [varintOf(1, 1), messageOf(2, 'Shape', shape)]);
  return messageOf(number, 'ValueInfo', [bytesOf(1, name, 'name'), messageOf(2, 'Type', [tensor])]);
}

function weight(name: string, dims: readonly number[], number = 5): BytesField {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return messageOf(number, 'Tensor', [
    ...dims.map((dim) => varintOf(1, dim)),
    varintOf(2, 1),
    bytesOf(8, name, 'name'),
    bytesOf(9, new Uint8Array(4 * count)),
  ]);
}

function int64s(name: string, values: readonly number[], isScalar = false, number = 5): BytesField {
  return messageOf(number, 'Tensor', [
    ...(isScalar ? [] : [varintOf(1, values.length)]),
    varintOf(2, 7),
    ...values.map((value) => varintOf(7, value)),
    bytesOf(8, name, 'name'),
  ]);
}

const STEM = [
  node({
    op: 'Conv',
    inputs: ['input', 'w0'],
    outputs: ['c0'],
    attributes: [ints('strides', [2, 2]), ints('pads', [1, 1, 1, 1])],
  }),
  node({ op: 'Relu', inputs: ['c0'], outputs: ['r0'] }),
];

const HEAD = [
  node({ op: 'GlobalAveragePool', inputs: ['last'], outputs: ['gap'] }),
  node({ op: 'Flatten', inputs: ['gap'], outputs: ['flat'], attributes: [int('axis', 1)] }),
  node({ op: 'Gemm', inputs: ['flat', 'fc'], outputs: ['logits'], attributes: [int('transB', 1)] }),
];

const WEIGHTS = [weight('w0', [4, 3, 3, 3]), weight('fc', [5, 4])];

/** A network of a stem and a head, and what stands between `r0` and `last`. */
function model(
  middle: readonly Field[],
  inGraph: readonly Field[] = [],
  inModel: readonly Field[] = [],
): Uint8Array {
  return toBytes([
    varintOf(1, 10),
    bytesOf(2, 'fuzz', 'text'),
    messageOf(7, 'Graph', [
      ...STEM,
      ...middle,
      ...HEAD,
      bytesOf(2, 'graph', 'text'),
      ...WEIGHTS,
      declare(11, 'input', ['batch', 3, 16, 16]),
      declare(12, 'logits', ['batch', 5]),
      ...inGraph,
    ]),
    messageOf(8, 'Opset', [varintOf(2, 18)]),
    ...inModel,
  ]);
}

const toLast = (input: string): BytesField =>
  node({ op: 'Relu', inputs: [input], outputs: ['last'] });

function bodies(): Uint8Array {
  const branch = (value: string): Field[] => [
    node({ op: 'Relu', inputs: [value], outputs: ['inner'] }),
    messageOf(12, 'ValueInfo', [bytesOf(1, 'inner', 'name')]),
  ];
  const loop = [
    node({ op: 'Add', inputs: ['state', 'r0'], outputs: ['next'] }),
    node({ op: 'Identity', inputs: ['going'], outputs: ['goes'] }),
    ...['i', 'going', 'state'].map((name) =>
      messageOf(11, 'ValueInfo', [bytesOf(1, name, 'name')]),
    ),
    ...['goes', 'next'].map((name) => messageOf(12, 'ValueInfo', [bytesOf(1, name, 'name')])),
    weight('own', [1]),
  ];
  return model(
    [
      node({
        op: 'If',
        inputs: ['yes'],
        outputs: ['chosen'],
        attributes: [body('then_branch', branch('r0')), body('else_branch', branch('c0'))],
      }),
      node({
        op: 'Loop',
        inputs: ['times', 'yes', 'chosen'],
        outputs: ['looped'],
        attributes: [body('body', loop)],
      }),
      toLast('looped'),
    ],
    [
      int64s('times', [2], true),
      messageOf(5, 'Tensor', [
        varintOf(2, 9),
        bytesOf(8, 'yes', 'name'),
        bytesOf(9, Uint8Array.of(1)),
      ]),
    ],
  );
}

function sparse(): Uint8Array {
  return model(
    [
      node({
        op: 'Conv',
        inputs: ['r0', 'thin'],
        outputs: ['c1'],
        attributes: [ints('pads', [1, 1, 1, 1])],
      }),
      toLast('c1'),
    ],
    [
      messageOf(15, 'SparseTensor', [
        weight('thin', [2], 1),
        int64s('', [0, 9], false, 2),
        ...[4, 4, 3, 3].map((dim) => varintOf(3, dim)),
      ]),
      messageOf(14, 'Annotation', [bytesOf(1, 'r0', 'name'), entry(2, 'SCALE_TENSOR', 'scale')]),
    ],
  );
}

function quantised(): Uint8Array {
  const zero = messageOf(5, 'Tensor', [
    varintOf(2, 2),
    bytesOf(8, 'zero', 'name'),
    bytesOf(9, Uint8Array.of(0)),
  ]);
  return model(
    [
      node({ op: 'QuantizeLinear', inputs: ['r0', 'scale', 'zero'], outputs: ['q'] }),
      node({ op: 'DequantizeLinear', inputs: ['q', 'scale', 'zero'], outputs: ['last'] }),
    ],
    [
      weight('scale', []),
      zero,
      messageOf(14, 'Annotation', [
        bytesOf(1, 'q', 'name'),
        entry(2, 'SCALE_TENSOR', 'scale'),
        entry(2, 'ZERO_POINT_TENSOR', 'zero'),
      ]),
    ],
  );
}

function functions(): Uint8Array {
  const own = (name: string, calls: string): BytesField =>
    messageOf(25, 'Function', [
      bytesOf(1, name, 'text'),
      bytesOf(4, 'x', 'name'),
      bytesOf(5, 'y', 'name'),
      node({
        op: calls,
        inputs: ['x'],
        outputs: ['y'],
        ...(calls === 'Relu' ? {} : { domain: 'own' }),
      }),
      messageOf(9, 'Opset', [varintOf(2, 18)]),
      bytesOf(10, 'own', 'text'),
    ]);
  return model(
    [node({ op: 'Block', inputs: ['r0'], outputs: ['last'], domain: 'own' })],
    [declare(13, 'last', ['batch', 4, 8, 8])],
    [
      own('Block', 'Inner'),
      own('Inner', 'Relu'),
      messageOf(8, 'Opset', [bytesOf(1, 'own', 'text'), varintOf(2, 1)]),
    ],
  );
}

/** Shape, Gather, Concat, Range, Expand and the like, as dynamic exports have them. */
function arithmetic(): Uint8Array {
  return model(
    [
      node({ op: 'Shape', inputs: ['r0'], outputs: ['shape'] }),
      node({ op: 'Gather', inputs: ['shape', 'zero'], outputs: ['n'] }),
      node({ op: 'Unsqueeze', inputs: ['n', 'axes'], outputs: ['n1'] }),
      node({
        op: 'Concat',
        inputs: ['n1', 'rest'],
        outputs: ['target'],
        attributes: [int('axis', 0)],
      }),
      node({ op: 'Reshape', inputs: ['r0', 'target'], outputs: ['tokens'] }),
      node({ op: 'ConstantOfShape', inputs: ['rest'], outputs: ['filled'] }),
      node({ op: 'Range', inputs: ['zero', 'n', 'one'], outputs: ['range'] }),
      node({ op: 'OneHot', inputs: ['one', 'n', 'rest'], outputs: ['hot'] }),
      node({ op: 'Slice', inputs: ['shape', 'axes', 'rest'], outputs: ['part'] }),
      node({ op: 'Expand', inputs: ['one', 'rest'], outputs: ['wide'] }),
      node({ op: 'Tile', inputs: ['rest', 'axes'], outputs: ['tiled'] }),
      node({ op: 'Pad', inputs: ['r0', 'pads'], outputs: ['padded'] }),
      node({ op: 'Resize', inputs: ['r0', '', '', 'shape'], outputs: ['resized'] }),
      node({ op: 'Reshape', inputs: ['tokens', 'shape'], outputs: ['map'] }),
      toLast('map'),
    ],
    [
      int64s('zero', [0], true),
      int64s('one', [1], true),
      int64s('axes', [0]),
      int64s('rest', [4, 64]),
      int64s('pads', [0, 0, 0, 0, 0, 0, 0, 0]),
    ],
  );
}

/** Module paths as torch's dynamo exporter writes them. */
function scoped(): Uint8Array {
  const scopes = (path: string): Record<string, string> => ({
    'pkg.torch.onnx.name_scopes': `['', '${path}', 'node']`,
  });
  return model([
    node({ op: 'Relu', inputs: ['r0'], outputs: ['a'], metadata: scopes('layer1') }),
    node({
      op: 'MaxPool',
      inputs: ['a'],
      outputs: ['b'],
      attributes: [ints('kernel_shape', [2, 2]), ints('strides', [2, 2])],
      metadata: scopes('layer2'),
    }),
    node({ op: 'Relu', inputs: ['b'], outputs: ['last'], metadata: scopes('layer3') }),
  ]);
}

/** Generated seeds by name. */
export function buildSeeds(): Record<string, Uint8Array> {
  return {
    'built-bodies': bodies(),
    'built-sparse': sparse(),
    'built-quantised': quantised(),
    'built-functions': functions(),
    'built-arithmetic': arithmetic(),
    'built-scoped': scoped(),
  };
}

// Builds small models byte by byte, so that tests need no fixture files.
import {
  bytesField,
  concatBytes,
  messageField,
  stringField,
  varintField,
} from '../src/proto/encode.js';
import { ATTRIBUTE, DATA_TYPE, GRAPH, MODEL, NODE, OPSET, TENSOR } from '../src/proto/fields.js';
import { encodeOutput } from '../src/write/encode-edit.js';

type Shape = readonly (number | string)[];

interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly name?: string;
  readonly domain?: string;
  readonly ints?: Readonly<Record<string, readonly number[]>>;
  readonly int?: Readonly<Record<string, number>>;
  /** Bodies of an If: nodes, and the value that is returned. */
  readonly bodies?: Readonly<
    Record<string, { readonly nodes: readonly NodeSpec[]; readonly output: string }>
  >;
}

export interface ModelSpec {
  readonly input?: Shape;
  readonly nodes: readonly NodeSpec[];
  /** Float32 weights by name; zeros unless `random`. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly output: { readonly name: string; readonly shape: Shape };
  readonly opset?: number;
  /** Fills the weights with numbers between -0.5 and 0.5, the same ones each time. */
  readonly random?: boolean;
  readonly metadata?: readonly Uint8Array[];
  /** Further fields of the graph, encoded. */
  readonly graphFields?: readonly Uint8Array[];
}

function node(spec: NodeSpec): Uint8Array {
  const { op, inputs, output, name, domain, ints = {}, int = {}, bodies = {} } = spec;
  const attributes = [
    ...Object.entries(ints).map(([key, values]) =>
      messageField(NODE.attribute, [
        stringField(ATTRIBUTE.name, key),
        ...values.map((value) => varintField(ATTRIBUTE.ints, value)),
        varintField(ATTRIBUTE.type, 7),
      ]),
    ),
    ...Object.entries(int).map(([key, value]) =>
      messageField(NODE.attribute, [
        stringField(ATTRIBUTE.name, key),
        varintField(ATTRIBUTE.int, value),
        varintField(ATTRIBUTE.type, 2),
      ]),
    ),
    ...Object.entries(bodies).map(([key, body]) =>
      messageField(NODE.attribute, [
        stringField(ATTRIBUTE.name, key),
        messageField(ATTRIBUTE.graph, [
          ...body.nodes.map(node),
          stringField(GRAPH.name, key),
          messageField(GRAPH.output, [stringField(1, body.output)]),
        ]),
        varintField(ATTRIBUTE.type, 5),
      ]),
    ),
  ];
  return messageField(GRAPH.node, [
    ...inputs.map((input) => stringField(NODE.input, input)),
    stringField(NODE.output, output),
    stringField(NODE.name, name ?? `node ${output}`),
    stringField(NODE.opType, op),
    ...(domain === undefined ? [] : [stringField(NODE.domain, domain)]),
    ...attributes,
  ]);
}

function weight(name: string, dims: readonly number[], random: boolean): Uint8Array {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const values = Float32Array.from({ length: count }, (_, i) =>
    random ? Math.sin(i * 12.9898 + name.length) / 2 : 0,
  );
  return messageField(GRAPH.initializer, [
    ...dims.map((dim) => varintField(TENSOR.dims, dim)),
    varintField(TENSOR.dataType, DATA_TYPE.float32),
    stringField(TENSOR.name, name),
    bytesField(TENSOR.rawData, new Uint8Array(values.buffer)),
  ]);
}

function declared(field: number, name: string, shape: Shape): Uint8Array {
  const output = encodeOutput({ name, dataType: DATA_TYPE.float32, shape });
  // An input is declared like an output, under another field number.
  return concatBytes([Uint8Array.of(field * 8 + 2), output.subarray(1)]);
}

export function buildModel(spec: ModelSpec): Uint8Array {
  const graph = messageField(MODEL.graph, [
    ...spec.nodes.map(node),
    stringField(GRAPH.name, 'test'),
    ...Object.entries(spec.weights).map(([name, dims]) => weight(name, dims, spec.random ?? false)),
    declared(GRAPH.input, 'input', spec.input ?? ['batch', 3, 32, 32]),
    declared(GRAPH.output, spec.output.name, spec.output.shape),
    ...(spec.graphFields ?? []),
  ]);
  return concatBytes([
    varintField(MODEL.irVersion, 8),
    stringField(MODEL.producerName, 'test'),
    graph,
    messageField(MODEL.opsetImport, [varintField(OPSET.version, spec.opset ?? 17)]),
    ...(spec.metadata ?? []),
  ]);
}

/** Convolution stem /2, a residual block, a strided convolution /4, pooling and a classifier. */
export const SMALL_CNN: ModelSpec = {
  nodes: [
    {
      op: 'Conv',
      inputs: ['input', 'w0'],
      output: 'c0',
      ints: { strides: [2, 2], pads: [1, 1, 1, 1] },
    },
    { op: 'Relu', inputs: ['c0'], output: 'r0' },
    { op: 'Conv', inputs: ['r0', 'w1'], output: 'c1', ints: { pads: [1, 1, 1, 1] } },
    { op: 'Add', inputs: ['c1', 'r0'], output: 'a1' },
    { op: 'Relu', inputs: ['a1'], output: 'r1' },
    {
      op: 'Conv',
      inputs: ['r1', 'w2'],
      output: 'c2',
      ints: { strides: [2, 2], pads: [1, 1, 1, 1] },
    },
    { op: 'Relu', inputs: ['c2'], output: 'r2' },
    { op: 'GlobalAveragePool', inputs: ['r2'], output: 'gap' },
    { op: 'Flatten', inputs: ['gap'], output: 'flat', int: { axis: 1 } },
    { op: 'Gemm', inputs: ['flat', 'fc'], output: 'logits', int: { transB: 1 } },
    { op: 'Softmax', inputs: ['logits'], output: 'probabilities', int: { axis: 1 } },
  ],
  weights: { w0: [8, 3, 3, 3], w1: [8, 8, 3, 3], w2: [16, 8, 3, 3], fc: [10, 16] },
  output: { name: 'probabilities', shape: ['batch', 10] },
};

/** The same with random weights that are worth linking: 1 to 66 kB each. */
export const WIDE_CNN: ModelSpec = {
  ...SMALL_CNN,
  input: ['batch', 3, 16, 16],
  random: true,
  weights: { w0: [16, 3, 3, 3], w1: [16, 16, 3, 3], w2: [16, 16, 3, 3], fc: [1000, 16] },
  output: { name: 'probabilities', shape: ['batch', 1000] },
};

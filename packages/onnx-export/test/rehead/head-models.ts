// Classifiers with heads of all kinds over one small network, with weights.
import type { NewInitializer, NewNode, NewValueInfo } from '../../src/passes/graph-edit.js';
import { int64Initializer } from '../../src/passes/int64-initializer.js';
import { concatBytes, messageField, stringField, varintField } from '../../src/proto/encode.js';
import { DATA_TYPE, GRAPH, MODEL, OPSET } from '../../src/proto/fields.js';
import {
  encodeAll,
  encodeInitializer,
  encodeInput,
  encodeNode,
  encodeOutput,
} from '../../src/write/encode-edit.js';

const CLASSES = 5;
const WIDTH = 6;

type Ints = Readonly<Record<string, number | readonly number[]>>;

export function node(
  opType: string,
  inputs: readonly string[],
  output: string,
  ints: Ints = {},
): NewNode {
  const attributes = Object.entries(ints).map(([name, value]) =>
    typeof value === 'number' ? { name, int: value } : { name, ints: value },
  );
  return { name: `make ${output}`, opType, inputs, outputs: [output], attributes };
}

/** A float32 weight; the same name gives the same numbers. */
export function weight(name: string, ...dims: number[]): NewInitializer {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const seed = name.split('').reduce((sum, char) => sum + char.charCodeAt(0), 0);
  const values = Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 0.71 * i) / 2);
  return { name, dims, dataType: DATA_TYPE.float32, raw: new Uint8Array(values.buffer) };
}

interface HeadSpec {
  readonly nodes: readonly NewNode[];
  readonly weights: readonly NewInitializer[];
  readonly outputs: readonly NewValueInfo[];
  /** Declared intermediate values. */
  readonly declared?: readonly NewValueInfo[];
  /** Inputs beside the image. */
  readonly inputs?: readonly NewValueInfo[];
}

export function float(name: string, ...shape: (number | string)[]): NewValueInfo {
  return { name, dataType: DATA_TYPE.float32, shape };
}

/** A strided convolution whose map is `r1`, [N, 6, 8, 8], `gap`, [N, 6, 1, 1], and a head. */
function withStem({ nodes, weights, outputs, declared = [], inputs = [] }: HeadSpec): Uint8Array {
  const stem = [
    node('Conv', ['input', 'stem.w'], 'c1', { pads: [1, 1, 1, 1], strides: [2, 2] }),
    node('Relu', ['c1'], 'r1'),
    node('GlobalAveragePool', ['r1'], 'gap'),
  ];
  // An intermediate value is declared as an output is, under another field number.
  const infos = declared.map((info) => {
    const bytes = encodeOutput(info);
    return concatBytes([Uint8Array.of(GRAPH.valueInfo * 8 + 2), bytes.subarray(1)]);
  });
  return concatBytes([
    varintField(MODEL.irVersion, 8),
    stringField(MODEL.producerName, 'test'),
    messageField(MODEL.graph, [
      encodeAll([...stem, ...nodes], encodeNode),
      stringField(GRAPH.name, 'test'),
      encodeAll([weight('stem.w', WIDTH, 3, 3, 3), ...weights], encodeInitializer),
      encodeAll([float('input', 'batch', 3, 16, 16), ...inputs], encodeInput),
      encodeAll(outputs, encodeOutput),
      ...infos,
    ]),
    messageField(MODEL.opsetImport, [
      stringField(OPSET.domain, ''),
      varintField(OPSET.version, 17),
    ]),
  ]);
}

const linear = [
  node('Flatten', ['gap'], 'flat', { axis: 1 }),
  node('Gemm', ['flat', 'fc.w', 'fc.b'], 'scores', { transB: 1 }),
];
const linearWeights = [weight('fc.w', CLASSES, WIDTH), weight('fc.b', CLASSES)];

/** Softmax behind the classifier, and its scores declared. */
export const softmax = withStem({
  nodes: [...linear, node('Softmax', ['scores'], 'probabilities', { axis: 1 })],
  weights: linearWeights,
  outputs: [float('probabilities', 'batch', CLASSES)],
  declared: [float('flat', 'batch', WIDTH), float('scores', 'batch', CLASSES)],
});

/** A 1x1 convolution as the classifier, flattened. */
export const convHead = withStem({
  nodes: [
    node('Conv', ['gap', 'fc.w', 'fc.b'], 'map'),
    node('Flatten', ['map'], 'logits', { axis: 1 }),
  ],
  weights: [weight('fc.w', CLASSES, WIDTH, 1, 1), weight('fc.b', CLASSES)],
  outputs: [float('logits', 'batch', CLASSES)],
});

/** A 1x1 convolution whose scores and probabilities keep their 1x1 positions. */
export const convMaps = withStem({
  nodes: [
    node('Conv', ['gap', 'fc.w', 'fc.b'], 'map'),
    node('Softmax', ['map'], 'probabilities', { axis: 1 }),
  ],
  weights: [weight('fc.w', CLASSES, WIDTH, 1, 1), weight('fc.b', CLASSES)],
  outputs: [float('probabilities', 'batch', CLASSES, 1, 1)],
});

/** Scores and probabilities with positions, squeezed at the end. */
export const squeezed = withStem({
  nodes: [
    node('Conv', ['gap', 'fc.w', 'fc.b'], 'map'),
    node('Softmax', ['map'], 'soft', { axis: 1 }),
    node('Squeeze', ['soft', 'positions'], 'probabilities'),
  ],
  weights: [
    weight('fc.w', CLASSES, WIDTH, 1, 1),
    weight('fc.b', CLASSES),
    int64Initializer('positions', [2, 3]),
  ],
  outputs: [float('soft', 'batch', CLASSES, 1, 1), float('probabilities', 'batch', CLASSES)],
});

/** The same, scaled and flattened, with a second input that nothing uses. */
export const flattened = withStem({
  nodes: [
    node('Conv', ['gap', 'fc.w', 'fc.b'], 'map'),
    node('Softmax', ['map'], 'soft', { axis: 1 }),
    node('Mul', ['soft', 'scale'], 'scaled'),
    node('Flatten', ['scaled'], 'flat', { axis: 1 }),
  ],
  weights: [weight('fc.w', CLASSES, WIDTH, 1, 1), weight('fc.b', CLASSES), weight('scale')],
  outputs: [float('soft', 'batch', CLASSES, 1, 1), float('flat', 'batch', CLASSES)],
  inputs: [float('unused', 'batch', 7)],
});

/** Two heads on two tokens, averaged, as distilled vision transformers have them. */
export const distilled = withStem({
  nodes: [
    node('Reshape', ['r1', 'to.tokens'], 'channels'),
    node('Transpose', ['channels'], 'tokens', { perm: [0, 2, 1] }),
    node('Gather', ['tokens', 'zero'], 'first', { axis: 1 }),
    node('Gather', ['tokens', 'one'], 'second', { axis: 1 }),
    node('Gemm', ['first', 'fc.w', 'fc.b'], 'a', { transB: 1 }),
    node('Gemm', ['second', 'dist.w', 'dist.b'], 'b', { transB: 1 }),
    node('Add', ['a', 'b'], 'sum'),
    node('Div', ['sum', 'two'], 'logits'),
  ],
  weights: [
    ...linearWeights,
    weight('dist.w', CLASSES, WIDTH),
    weight('dist.b', CLASSES),
    int64Initializer('to.tokens', [0, 0, -1]),
    int64Initializer('zero', 0),
    int64Initializer('one', 1),
    { ...weight('two'), raw: new Uint8Array(Float32Array.of(2).buffer) },
  ],
  outputs: [float('logits', 'batch', CLASSES)],
});

/** Pooled and scores quantised to eight bits, as QDQ models have them. */
export const quantized = withStem({
  nodes: [
    node('QuantizeLinear', ['gap', 'q.scale', 'q.zero'], 'gap.q'),
    node('DequantizeLinear', ['gap.q', 'q.scale', 'q.zero'], 'gap.dq'),
    node('Flatten', ['gap.dq'], 'flat', { axis: 1 }),
    node('Gemm', ['flat', 'fc.w', 'fc.b'], 'scores', { transB: 1 }),
    node('QuantizeLinear', ['scores', 's.scale', 'q.zero'], 'scores.q'),
    node('DequantizeLinear', ['scores.q', 's.scale', 'q.zero'], 'logits'),
  ],
  weights: [
    ...linearWeights,
    { ...weight('q.scale'), raw: new Uint8Array(Float32Array.of(0.01).buffer) },
    { ...weight('s.scale'), raw: new Uint8Array(Float32Array.of(0.02).buffer) },
    { name: 'q.zero', dims: [], dataType: DATA_TYPE.uint8, raw: Uint8Array.of(0) },
  ],
  outputs: [float('logits', 'batch', CLASSES)],
});

/** Scores, and what further nodes make of them. */
export function behind(
  nodes: readonly NewNode[],
  output: NewValueInfo,
  weights: readonly NewInitializer[] = [],
): Uint8Array {
  return withStem({
    nodes: [...linear, node('Softmax', ['scores'], 'probabilities', { axis: 1 }), ...nodes],
    weights: [...linearWeights, ...weights],
    outputs: [float('probabilities', 'batch', CLASSES), output],
  });
}

import { bytesSource, decodeName, encodeName, MAX_FIELDS } from '@featuretap/core/wire';
import { describe, expect, it } from 'vitest';
import { inferValueShapes, readModel } from '../../src/index.js';
import {
  bytesField,
  concatBytes,
  messageField,
  stringField,
  varintField,
} from '../../src/proto/encode.js';
import { ATTRIBUTE, GRAPH, MODEL, NODE, TENSOR } from '../../src/proto/fields.js';
import { buildModel, SMALL_CNN, type ModelSpec } from '../build-model.js';
import { timedOutcome } from './outcome.js';

/** A message of empty fields, one more than a message may have. */
function tooMany(number: number): Uint8Array {
  const field = bytesField(number, new Uint8Array(0));
  const bytes = new Uint8Array(field.length * (MAX_FIELDS + 1));
  for (let at = 0; at < bytes.length; at += field.length) bytes.set(field, at);
  return bytes;
}

const model = (inModel: Uint8Array): Uint8Array =>
  concatBytes([varintField(MODEL.irVersion, 8), inModel]);
const inGraph = (bytes: Uint8Array): Uint8Array => model(bytesField(MODEL.graph, bytes));
const inNode = (bytes: Uint8Array): Uint8Array => inGraph(bytesField(GRAPH.node, bytes));
const inAttribute = (bytes: Uint8Array): Uint8Array => inNode(bytesField(NODE.attribute, bytes));

describe('a message of two bytes a field, which would unfold to gigabytes', () => {
  const bombs: [string, Uint8Array][] = [
    ...Object.entries(GRAPH).map(([kind, number]): [string, Uint8Array] => [
      `the graph's ${kind}`,
      inGraph(tooMany(number)),
    ]),
    ['metadata', model(tooMany(MODEL.metadataProps))],
    ['operator sets', model(tooMany(MODEL.opsetImport))],
    ['inputs of a node', inNode(tooMany(NODE.input))],
    ['outputs of a node', inNode(tooMany(NODE.output))],
    ['attributes', inNode(tooMany(NODE.attribute))],
    ['metadata of a node', inNode(tooMany(NODE.metadataProps))],
    ['bodies', inAttribute(tooMany(ATTRIBUTE.graphs))],
    ['nodes of a body', inAttribute(bytesField(ATTRIBUTE.graph, tooMany(GRAPH.node)))],
    ['outputs of a body', inAttribute(bytesField(ATTRIBUTE.graph, tooMany(GRAPH.output)))],
    ['external data', inGraph(bytesField(GRAPH.initializer, tooMany(TENSOR.externalData)))],
  ];

  it.each(bombs)('%s', async (_name, bytes) => {
    expect(await timedOutcome(bytes)).toBe('MODEL_LIMIT');
  });

  it('takes a message of exactly as many fields as there may be', async () => {
    const inputs = tooMany(NODE.input).subarray(0, 2 * (MAX_FIELDS - 2));
    const rest = [stringField(NODE.output, 'y'), stringField(NODE.opType, 'Sum')];
    const { graph } = await readModel(bytesSource(inNode(concatBytes([inputs, ...rest]))));
    expect(graph.nodes[0]?.inputs).toHaveLength(MAX_FIELDS - 2);
  });
});

describe('names that are not UTF-8', () => {
  it('survive at a length of megabytes, quickly', () => {
    const bytes = Uint8Array.from({ length: 4_000_000 }, (_, i) => (i * 7 + 0x80) & 0xff);
    const start = performance.now();
    const name = decodeName(bytes);
    expect(name).toHaveLength(bytes.length);
    expect(Buffer.compare(encodeName(name), bytes)).toBe(0);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

/** An int64 constant as an initializer. */
function constant(name: string, values: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => view.setBigInt64(8 * i, value, true));
  return messageField(GRAPH.initializer, [
    varintField(TENSOR.dims, values.length),
    varintField(TENSOR.dataType, 7),
    stringField(TENSOR.name, name),
    bytesField(TENSOR.rawData, new Uint8Array(view.buffer)),
  ]);
}

/** Shape of the value `y` that one operator makes of the image and of constants. */
async function shapeOfY(
  node: Omit<ModelSpec['nodes'][number], 'output'>,
  constants: Readonly<Record<string, readonly bigint[]>> = {},
): Promise<readonly (number | string)[] | undefined> {
  const spec: ModelSpec = { ...SMALL_CNN, nodes: [...SMALL_CNN.nodes, { ...node, output: 'y' }] };
  const bytes = buildModel(spec);
  const added = concatBytes(Object.entries(constants).map(([name, list]) => constant(name, list)));
  // A second graph is refused, so the constants go into the one there is.
  const parts = splitGraph(bytes);
  const whole = concatBytes([
    parts.before,
    bytesField(MODEL.graph, concatBytes([parts.graph, added])),
    parts.behind,
  ]);
  return inferValueShapes(await readModel(bytesSource(whole))).get('y');
}

function splitGraph(bytes: Uint8Array): {
  before: Uint8Array;
  graph: Uint8Array;
  behind: Uint8Array;
} {
  const at = 2 + 6; // ir_version, and producer_name `test`
  let length = 0;
  let from = at + 1;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[from++]!;
    length += (byte & 127) * scale;
    if (byte < 128) break;
  }
  return {
    before: bytes.subarray(0, at),
    graph: bytes.subarray(from, from + length),
    behind: bytes.subarray(from + length),
  };
}

describe('shape inference of sizes that no tensor has', () => {
  const huge = 1n << 40n;
  it.each<[string, Parameters<typeof shapeOfY>, unknown]>([
    ['ConstantOfShape of -1', [{ op: 'ConstantOfShape', inputs: ['k'] }, { k: [-1n] }], undefined],
    [
      'ConstantOfShape of 2^62',
      [{ op: 'ConstantOfShape', inputs: ['k'] }, { k: [1n << 62n] }],
      undefined,
    ],
    [
      'Expand to -3',
      [
        { op: 'Expand', inputs: ['one', 'k'] },
        { one: [1n], k: [-3n] },
      ],
      undefined,
    ],
    [
      'Slice of an axis that is not there',
      [
        { op: 'Slice', inputs: ['input', 'a', 'b', 'k'] },
        { a: [0n], b: [1n], k: [huge] },
      ],
      undefined,
    ],
    [
      'Slice of axis -2^40',
      [
        { op: 'Slice', inputs: ['input', 'a', 'b', 'k'] },
        { a: [0n], b: [1n], k: [-huge] },
      ],
      undefined,
    ],
    [
      'Resize of an axis that is not there',
      [{ op: 'Resize', inputs: ['input', '', '', 'k'], ints: { axes: [2 ** 40] } }, { k: [1n] }],
      undefined,
    ],
    [
      'Pad of an axis that is not there',
      [
        { op: 'Pad', inputs: ['input', 'k', '', 'a'] },
        { k: [1n, 1n], a: [huge] },
      ],
      undefined,
    ],
    [
      'Pad of more axes than there are',
      [{ op: 'Pad', inputs: ['input', 'k'] }, { k: [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n] }],
      undefined,
    ],
    [
      'Split into more parts than outputs',
      [{ op: 'Split', inputs: ['input'], ints: { split: [1, 1, 1] }, int: { axis: 1 } }],
      ['batch', 1, 32, 32],
    ],
    [
      'Resize of one axis',
      [{ op: 'Resize', inputs: ['input', '', '', 'k'], ints: { axes: [3] } }, { k: [64n] }],
      ['batch', 3, 32, 64],
    ],
    [
      'Slice of a negative axis, which is there',
      [
        { op: 'Slice', inputs: ['input', 'a', 'b', 'k'] },
        { a: [0n], b: [8n], k: [-1n] },
      ],
      ['batch', 3, 32, 8],
    ],
  ])('%s', async (_name, [node, constants], expected) => {
    expect(await shapeOfY(node, constants)).toEqual(expected);
  });
});

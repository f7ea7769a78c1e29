import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tapFile } from '../../src/node/tap-file.js';
import {
  bytesField,
  concatBytes,
  messageField,
  stringField,
  varintField,
} from '../../src/proto/encode.js';
import { ATTRIBUTE, ENTRY, GRAPH, MODEL, NODE, TENSOR } from '../../src/proto/fields.js';
import { linkWeights } from '../../src/write/link-weights.js';
import { buildModel, WIDE_CNN, type ModelSpec } from '../build-model.js';
import { parse } from '../read-fixture.js';
import { readWire } from '../read-wire.js';
import { bits, run } from '../run-model.js';

const FC = Float32Array.from({ length: 16_000 }, (_, i) => Math.sin(i * 0.7) / 2);
const FC_BYTES = new Uint8Array(FC.buffer);

const withoutFc: ModelSpec = {
  ...WIDE_CNN,
  weights: Object.fromEntries(Object.entries(WIDE_CNN.weights).filter(([name]) => name !== 'fc')),
};

function tensor(name: string, payload: readonly Uint8Array[]): Uint8Array[] {
  return [
    varintField(TENSOR.dims, 1000),
    varintField(TENSOR.dims, 16),
    varintField(TENSOR.dataType, 1),
    ...(name === '' ? [] : [stringField(TENSOR.name, name)]),
    ...payload,
  ];
}

const raw = bytesField(TENSOR.rawData, FC_BYTES);

/** A model whose fields of the graph are changed by hand; nodes stay in front. */
function withFields(spec: ModelSpec, front: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    readWire(buildModel(spec)).map(({ field, bytes, whole }) =>
      field === MODEL.graph ? bytesField(MODEL.graph, concatBytes([...front, bytes])) : whole,
    ),
  );
}

function constant(fields: readonly Uint8Array[]): Uint8Array {
  return messageField(GRAPH.node, [
    stringField(NODE.output, 'fc'),
    stringField(NODE.opType, 'Constant'),
    messageField(NODE.attribute, [
      stringField(ATTRIBUTE.name, 'value'),
      messageField(ATTRIBUTE.tensor, fields),
      varintField(ATTRIBUTE.type, 4),
    ]),
  ]);
}

/** An If whose branches are the same product over weights of their own. */
function branch(name: string): Uint8Array {
  return messageField(NODE.attribute, [
    stringField(ATTRIBUTE.name, name),
    messageField(ATTRIBUTE.graph, [
      messageField(GRAPH.node, [
        stringField(NODE.input, 'flat'),
        stringField(NODE.input, `${name}.fc`),
        stringField(NODE.output, `${name}.y`),
        stringField(NODE.opType, 'Gemm'),
        messageField(NODE.attribute, [
          stringField(ATTRIBUTE.name, 'transB'),
          varintField(ATTRIBUTE.int, 1),
          varintField(ATTRIBUTE.type, 2),
        ]),
      ]),
      stringField(GRAPH.name, name),
      messageField(GRAPH.initializer, tensor(`${name}.fc`, [raw])),
      messageField(GRAPH.output, [stringField(1, `${name}.y`)]),
    ]),
    varintField(ATTRIBUTE.type, 5),
  ]);
}

function conditional(): Uint8Array {
  const yes = messageField(GRAPH.initializer, [
    varintField(TENSOR.dataType, 9),
    stringField(TENSOR.name, 'yes'),
    bytesField(TENSOR.rawData, Uint8Array.of(1)),
  ]);
  const node = messageField(GRAPH.node, [
    stringField(NODE.input, 'yes'),
    stringField(NODE.output, 'logits'),
    stringField(NODE.opType, 'If'),
    branch('then_branch'),
    branch('else_branch'),
  ]);
  const model = buildModel({
    ...withoutFc,
    nodes: withoutFc.nodes.filter(
      ({ output }) => output !== 'logits' && output !== 'probabilities',
    ),
    output: { name: 'logits', shape: ['batch', 1000] },
  });
  return concatBytes(
    readWire(model).map(({ field, bytes, whole }) => {
      if (field !== MODEL.graph) return whole;
      const inner = readWire(bytes);
      const nodes = inner.filter((part) => part.field === GRAPH.node).map((part) => part.whole);
      const rest = inner.filter((part) => part.field !== GRAPH.node).map((part) => part.whole);
      return bytesField(MODEL.graph, concatBytes([...nodes, node, ...rest, yes]));
    }),
  );
}

const LAYOUTS: readonly (readonly [string, Uint8Array, number])[] = [
  ['raw bytes', withFields(withoutFc, [messageField(GRAPH.initializer, tensor('fc', [raw]))]), 1],
  [
    'packed floats',
    withFields(withoutFc, [
      messageField(GRAPH.initializer, tensor('fc', [bytesField(TENSOR.floatData, FC_BYTES)])),
    ]),
    1,
  ],
  [
    'raw bytes that are said to be inside',
    withFields(withoutFc, [
      messageField(GRAPH.initializer, tensor('fc', [raw, varintField(TENSOR.dataLocation, 0)])),
    ]),
    1,
  ],
  [
    'a Constant node, as Paddle writes them',
    withFields(withoutFc, [constant(tensor('', [raw]))]),
    1,
  ],
  ['the branches of an If', conditional(), 2],
];

describe('linkWeights', () => {
  it.each(LAYOUTS)('links weights that are %s', async (_, original, count) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'featuretap-link-')));
    const input = join(folder, 'model.onnx');
    const output = join(folder, 'linked.onnx');
    writeFileSync(input, original);
    const { bytes } = await tapFile(input, output, { weights: 'link' });
    // What stays inside is far smaller than the one weight of 64 kB.
    expect(bytes).toBeLessThan(10_000);
    const model = await parse(original);
    const splices = await linkWeights(model, 'model.onnx');
    const large = splices.filter(({ start, end }) => end - start > FC_BYTES.length);
    expect(large).toHaveLength(count);
    const [before, after] = [await run(input), await run(output)];
    for (const [name, value] of before) {
      expect(bits(after.get(name)!).equals(bits(value)), name).toBe(true);
    }
  });

  it('keeps weights inside that are not stored as plain bytes', async () => {
    const halves = concatBytes([
      bytesField(TENSOR.rawData, FC_BYTES.subarray(0, 32_000)),
      bytesField(TENSOR.rawData, FC_BYTES.subarray(32_000)),
    ]);
    const twice = withFields(withoutFc, [messageField(GRAPH.initializer, tensor('fc', [halves]))]);
    const splices = await linkWeights(await parse(twice), 'model.onnx');
    expect(splices.every(({ end, start }) => end - start < 20_000)).toBe(true);
  });

  it('leaves tensors alone that are in another file already', async () => {
    const external = tensor('fc', [
      messageField(TENSOR.externalData, [
        stringField(ENTRY.key, 'location'),
        stringField(ENTRY.value, 'elsewhere.bin'),
      ]),
      varintField(TENSOR.dataLocation, 1),
    ]);
    const model = withFields(withoutFc, [messageField(GRAPH.initializer, external)]);
    const splices = await linkWeights(await parse(model), 'model.onnx');
    expect(splices.map(({ end, start }) => end - start)).not.toContain(FC_BYTES.length);
    expect(splices).toHaveLength(3);
  });
});

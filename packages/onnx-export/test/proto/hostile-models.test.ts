import { isFeaturetapError } from '@featuretap/core/spec';
import type { ByteSource } from '@featuretap/core/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesField,
  concatBytes,
  messageField,
  stringField,
  varintField,
} from '../../src/proto/encode.js';
import { ATTRIBUTE, GRAPH, MODEL, NODE, TENSOR } from '../../src/proto/fields.js';
import { readModel } from '../../src/proto/read-model.js';
import { exportBytes, EXPORTS, MODEL_SHAPES, modelBytes, parse } from '../read-fixture.js';
import { readWire } from '../read-wire.js';
import { tapBytes } from '../run-model.js';

/** The error code of reading, planning and tapping, or `ok`; anything untyped is thrown. */
async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    await tapBytes(bytes);
    return 'ok';
  } catch (error) {
    if (isFeaturetapError(error)) return error.code;
    throw error;
  }
}

const graphModel = (fields: readonly Uint8Array[]): Uint8Array =>
  concatBytes([varintField(MODEL.irVersion, 8), messageField(MODEL.graph, fields)]);

describe('readModel', () => {
  it.each(MODEL_SHAPES)('reads %s', async (name, shapes) => {
    const { graph, opsets } = await parse(modelBytes(name));
    expect(graph.nodes.flatMap(({ outputs }) => outputs).sort()).toEqual(
      Object.keys(shapes).sort(),
    );
    expect(opsets.get('')).toBeGreaterThan(7);
  });

  it.each(EXPORTS)('reads %s', async (name, { shapes }) => {
    const { graph, producerName } = await parse(exportBytes(name));
    expect(producerName).toBe('pytorch');
    const made = graph.nodes.flatMap(({ outputs }) => outputs).filter((value) => value !== '');
    expect(new Set(made)).toEqual(new Set(Object.keys(shapes)));
  });

  it.each([
    ['bad-two-graphs', 'MODEL_MALFORMED'],
    ['bad-cyclic', 'MODEL_MALFORMED'],
    ['bad-made-twice', 'MODEL_MALFORMED'],
    ['no-image', 'MODEL_NO_IMAGE_INPUT'],
    ['unsorted', 'ok'],
    ['external', 'ok'],
  ])('says of %s: %s', async (name, code) => {
    expect(await outcome(modelBytes(name))).toBe(code);
  });

  it('finds what an If body five levels deep captures', async () => {
    const { graph } = await parse(modelBytes('nested-if'));
    const captures = graph.nodes.find(({ opType }) => opType === 'If')?.captures;
    expect(new Set(captures)).toEqual(new Set(['r2', 'condition']));
  });

  it('keeps both entries of a metadata key', async () => {
    const { metadata } = await parse(modelBytes('duplicate-metadata'));
    expect(metadata.map(({ key, value }) => [key, value])).toEqual([
      ['author', 'first'],
      ['author', 'second'],
    ]);
  });

  it.each(['conv', 'tokens-opset13', 'if'])('takes %s cut off at any byte', async (name) => {
    const model = modelBytes(name);
    const codes = new Set<string>();
    for (let length = 0; length < model.length; length++) {
      codes.add(await outcome(model.subarray(0, length)));
    }
    codes.delete('ok'); // Cut between two fields behind the graph, where nothing vital is missing.
    expect([...codes].sort()).toEqual(['MODEL_NOT_ONNX', 'MODEL_TRUNCATED']);
  });

  it.each(['nested-if', 'tokens-opset18', 'odd-names'])(
    'gives a result or a typed error for any flipped bits in %s',
    async (name) => {
      const model = modelBytes(name);
      // Half of the flips go to the first quarter, where the structure is rather than weights.
      const place = fc.oneof(fc.nat(model.length - 1), fc.nat(model.length >> 2));
      const flip = fc.tuple(place, fc.nat(7));
      await fc.assert(
        fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 6 }), async (flips) => {
          const bytes = model.slice();
          for (const [at, bit] of flips) bytes[at]! ^= 1 << bit;
          expect(await outcome(bytes)).toEqual(expect.any(String));
        }),
        { numRuns: 1000 },
      );
    },
  );

  it('takes a length of 2^60 in place of any length of the graph', async () => {
    const graph = readWire(modelBytes('conv')).find(({ field }) => field === MODEL.graph)!;
    const huge = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10);
    const fields = readWire(graph.bytes);
    for (const { field, bytes } of fields) {
      const claimed = concatBytes([Uint8Array.of(field * 8 + 2), huge, bytes]);
      expect(await outcome(graphModel([claimed]))).toBe('MODEL_TRUNCATED');
    }
    expect(fields.length).toBeGreaterThan(10);
  });

  it('never reads 100 MB of weights, nor 100 MB inside a Constant node', async () => {
    const payload = 100_000_000;
    const tensor = [varintField(TENSOR.dims, payload / 4), varintField(TENSOR.dataType, 1)];
    const raw = varintField(TENSOR.rawData, 0)[0]! + 2; // the tag with the wire type of bytes
    const inner = concatBytes([...tensor, Uint8Array.of(raw), varintOf(payload)]);
    const weight = open(GRAPH.initializer, inner.length + payload);
    const attribute = concatBytes([
      stringField(ATTRIBUTE.name, 'value'),
      open(ATTRIBUTE.tensor, inner.length + payload),
      inner,
    ]);
    const constant = concatBytes([
      stringField(NODE.output, 'k'),
      stringField(NODE.opType, 'Constant'),
      open(NODE.attribute, attribute.length + payload),
      attribute,
    ]);
    const before = concatBytes([weight, inner]);
    const between = concatBytes([open(GRAPH.node, constant.length + payload), constant]);
    const graphSize = before.length + between.length + 2 * payload;
    const head = concatBytes([varintField(MODEL.irVersion, 8), open(MODEL.graph, graphSize)]);
    // The file: head, before, payload, between, payload.
    const pieces = [concatBytes([head, before]), between];
    const middle = pieces[0]!.length + payload;
    let read = 0;
    const source: ByteSource = {
      size: middle + between.length + payload,
      read: (start, end) => {
        read += end - start;
        const bytes = new Uint8Array(end - start);
        const place = (piece: Uint8Array, at: number): void => {
          const from = Math.max(start, at);
          const to = Math.min(end, at + piece.length);
          if (from < to) bytes.set(piece.subarray(from - at, to - at), from - start);
        };
        place(pieces[0]!, 0);
        place(between, middle);
        return Promise.resolve(bytes);
      },
    };
    const { graph } = await readModel(source);
    expect(graph.initializers[0]).toMatchObject({ payloadBytes: payload });
    expect(graph.nodes[0]?.attributes.get('value')?.tensor).toMatchObject({
      payloadBytes: payload,
    });
    expect(read).toBeLessThan(1_000_000);
  });

  it('refuses bodies nested without end', async () => {
    let body: Uint8Array = messageField(GRAPH.node, [stringField(NODE.opType, 'Relu')]);
    for (let depth = 0; depth < 200; depth++) {
      const attribute = messageField(NODE.attribute, [bytesField(ATTRIBUTE.graph, body)]);
      body = messageField(GRAPH.node, [stringField(NODE.opType, 'If'), attribute]);
    }
    expect(await outcome(graphModel([body]))).toBe('MODEL_LIMIT');
  });

  it('takes a chain of a hundred thousand nodes without running out of stack', async () => {
    const nodes = Array.from({ length: 100_000 }, (_, i) =>
      messageField(GRAPH.node, [
        stringField(NODE.input, `v${i}`),
        stringField(NODE.output, `v${i + 1}`),
        stringField(NODE.opType, 'Relu'),
      ]),
    );
    expect(await outcome(graphModel(nodes))).toBe('MODEL_NO_IMAGE_INPUT');
    // The same chain backwards: sorting is what follows it.
    expect(await outcome(graphModel(nodes.reverse()))).toBe('MODEL_NO_IMAGE_INPUT');
  });

  it('refuses tensors with more axes than any tensor has', async () => {
    const dims = Array.from({ length: 100_000 }, () => varintField(TENSOR.dims, 1));
    const weight = messageField(GRAPH.initializer, dims);
    expect(await outcome(graphModel([weight]))).toBe('MODEL_LIMIT');
  });
});

function varintOf(value: number): Uint8Array {
  return varintField(1, value).subarray(1);
}

/** Tag and length of a message whose content follows. */
function open(field: number, length: number): Uint8Array {
  return concatBytes([Uint8Array.of(field * 8 + 2), varintOf(length)]);
}

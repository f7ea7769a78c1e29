import { isFeaturetapError } from '@featuretap/core/spec';
import { bytesSource, type ByteSource } from '@featuretap/core/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesField,
  concatBytes,
  messageField,
  stringField,
  varintField,
} from '../../src/proto/encode.js';
import { MODEL } from '../../src/proto/fields.js';
import { readModel } from '../../src/proto/read-model.js';
import { planTaps } from '../../src/plan-taps.js';
import { tapModel } from '../../src/tap-model.js';
import { buildModel, SMALL_CNN } from '../build-model.js';

const model = buildModel(SMALL_CNN);

async function codeOf(bytes: Uint8Array): Promise<string> {
  try {
    const read = await readModel(bytesSource(bytes));
    await tapModel(read, planTaps(read));
    return 'ok';
  } catch (error) {
    if (isFeaturetapError(error)) return error.code;
    throw error;
  }
}

describe('readModel', () => {
  it('reads nodes, weights and declarations', async () => {
    const { graph, producerName, opsets } = await readModel(bytesSource(model));
    expect(producerName).toBe('test');
    expect(opsets.get('')).toBe(17);
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(SMALL_CNN.nodes.map(({ op }) => op));
    expect(graph.initializers.map(({ name, dims }) => [name, dims])).toEqual(
      Object.entries(SMALL_CNN.weights),
    );
    expect(graph.inputs[0]).toMatchObject({ name: 'input', shape: ['batch', 3, 32, 32] });
  });

  it('does not read weights', async () => {
    const bytes = buildModel({ ...SMALL_CNN, weights: { ...SMALL_CNN.weights, w9: [1000, 1000] } });
    let read = 0;
    const source: ByteSource = {
      size: bytes.length,
      read: (start, end) => {
        read += end - start;
        return Promise.resolve(bytes.subarray(start, end));
      },
    };
    await readModel(source);
    expect(bytes.length).toBeGreaterThan(4_000_000);
    expect(read).toBeLessThan(20_000);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('This is a text file, not a model.\n'.repeat(9))],
    ['a zip archive', Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0])],
    ['a model without graph', varintField(MODEL.irVersion, 8)],
  ])('says that %s is no ONNX model', async (_name, bytes) => {
    expect(await codeOf(bytes)).toBe('MODEL_NOT_ONNX');
  });

  it('gives a typed error for a model cut off at any byte', async () => {
    for (let length = 0; length < model.length; length++) {
      expect(['MODEL_NOT_ONNX', 'MODEL_TRUNCATED', 'ok']).toContain(
        await codeOf(model.subarray(0, length)),
      );
    }
  });

  it('gives a result or a typed error for any changed bytes', async () => {
    const change = fc.tuple(fc.nat(model.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = model.slice();
        for (const [at, value] of changes) bytes[at] = value;
        expect(await codeOf(bytes)).toEqual(expect.any(String));
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses a length beyond the file', async () => {
    const huge = concatBytes([
      varintField(MODEL.irVersion, 8),
      Uint8Array.of(MODEL.graph * 8 + 2, 255, 255, 255, 255, 255, 255, 255, 15),
    ]);
    expect(await codeOf(huge)).toBe('MODEL_TRUNCATED');
  });

  it('refuses a second graph', async () => {
    const second = bytesField(MODEL.graph, new Uint8Array(0));
    expect(await codeOf(concatBytes([model, second]))).toBe('MODEL_MALFORMED');
  });

  it('refuses a value that is made twice', async () => {
    const [first] = SMALL_CNN.nodes;
    const bytes = buildModel({ ...SMALL_CNN, nodes: [...SMALL_CNN.nodes, first!] });
    expect(await codeOf(bytes)).toBe('MODEL_MALFORMED');
  });

  it('refuses a cycle', async () => {
    const nodes = SMALL_CNN.nodes.map((node) =>
      node.output === 'c1' ? { ...node, inputs: ['r2', 'w1'] } : node,
    );
    expect(await codeOf(buildModel({ ...SMALL_CNN, nodes }))).toBe('MODEL_MALFORMED');
  });

  it('says what inputs there are when none takes images', async () => {
    expect(await codeOf(buildModel({ ...SMALL_CNN, input: ['batch', 128] }))).toBe(
      'MODEL_NO_IMAGE_INPUT',
    );
  });

  it('keeps fields that it does not know', async () => {
    const unknown = messageField(900, [stringField(1, 'later versions')]);
    expect(await codeOf(concatBytes([model, unknown]))).toBe('ok');
  });
});

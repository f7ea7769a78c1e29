// What other tools for ONNX surgery are known to get wrong, each with the report; ours must not.
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { pruneFile } from '../../src/node/prune-file.js';
import { tapFile } from '../../src/node/tap-file.js';
import { concatBytes, messageField, stringField } from '../../src/proto/encode.js';
import { ENTRY, MODEL } from '../../src/proto/fields.js';
import type { Model } from '../../src/proto/model.js';
import { planTaps } from '../../src/plan-taps.js';
import { tapModel } from '../../src/tap-model.js';
import { pruneModel, type PruneOptions } from '../../src/views/prune-model.js';
import { readSegments, type Segment } from '../../src/write/segments.js';
import { buildModel, SMALL_CNN, WIDE_CNN, type ModelSpec } from '../build-model.js';
import { modelBytes, parse } from '../read-fixture.js';
import { bits, run, tapBytes } from '../run-model.js';
import { sparseInitializer, writeHugeModel } from '../write-huge-model.js';

async function bytesOf(model: Model, segments: readonly Segment[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return concatBytes(parts);
}

async function pruneBytes(original: Uint8Array, options: PruneOptions): Promise<Uint8Array> {
  const model = await parse(original);
  return bytesOf(model, (await pruneModel(model, options)).segments);
}

describe('values that If bodies use from outside (extract_model loses them)', () => {
  it.each(['if', 'nested-if'])('stay in the pruned %s', async (name) => {
    const original = modelBytes(name);
    const { graph } = await parse(original);
    const captured = graph.nodes.find(({ captures }) => captures.length > 0)!;
    const [value] = captured.outputs;
    const pruned = await pruneBytes(original, { to: [value!] });
    const named = { outputs: [{ name: 'copy', value: value! }] };
    const [tapped, cut] = [await run(await tapBytes(original, named)), await run(pruned)];
    expect([...cut.keys()]).toEqual([value]);
    expect(bits(cut.get(value!)!).equals(bits(tapped.get('copy')!))).toBe(true);
  });
});

describe('sparse initializers (extract_model raises)', () => {
  const weights = Object.fromEntries(
    Object.entries(WIDE_CNN.weights).filter(([name]) => name !== 'w2'),
  );
  const entries = new Map([3, 700, 1500, 2000].map((index, i) => [index, 0.1 * (i + 1)]));
  const sparse = (name: string): Uint8Array => sparseInitializer(name, [16, 16, 3, 3], entries);
  const spec: ModelSpec = { ...WIDE_CNN, weights, graphFields: [sparse('w2')] };

  it('are kept by a tap and by a cut that needs them', async () => {
    const original = buildModel(spec);
    const before = await run(original);
    const after = await run(await tapBytes(original));
    expect(bits(after.get('probabilities')!).equals(bits(before.get('probabilities')!))).toBe(true);
    const head = await run(await pruneBytes(original, { to: ['flat'] }));
    expect(bits(head.get('flat')!).equals(bits(after.get('pooled')!))).toBe(true);
  });

  it('are left out by a cut that does not', async () => {
    const { graph } = await parse(await pruneBytes(buildModel(spec), { to: ['r1'] }));
    expect(graph.sparseInitializers).toEqual([]);
    expect(graph.initializers.map(({ name }) => name)).toEqual(['w0', 'w1']);
  });
});

describe('missing value infos (extract_model needs both ends declared)', () => {
  it('are inferred, at both ends of a cut', async () => {
    const original = buildModel(WIDE_CNN);
    const whole = await run(await tapBytes(original, { outputs: [{ name: 'a', value: 'r1' }] }));
    const cut = await pruneBytes(original, { from: ['r1'], to: ['flat', 'probabilities'] });
    const { graph } = await parse(cut);
    expect(graph.inputs).toMatchObject([{ name: 'r1', dataType: 1, shape: ['batch', 16, 8, 8] }]);
    expect(graph.outputs.map(({ shape }) => shape)).toEqual([
      ['batch', 1000],
      ['batch', 16],
    ]);
    const { InferenceSession } = await import('onnxruntime-node');
    const session = await InferenceSession.create(cut);
    const outputs = await session.run({ r1: whole.get('a')! });
    expect(bits(outputs.probabilities!).equals(bits(whole.get('probabilities')!))).toBe(true);
  });
});

describe('more than 2 GB in one file (protobuf readers refuse it: onnx #6352)', () => {
  it('is tapped by a link and cut, and what does not need the large weight runs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'featuretap-huge-'));
    const input = join(folder, 'huge.onnx');
    const classes = 37_500_000;
    const weights = Object.fromEntries(
      Object.entries(WIDE_CNN.weights).filter(([name]) => name !== 'fc'),
    );
    const output = { name: 'probabilities', shape: ['batch', classes] };
    writeHugeModel(input, { ...WIDE_CNN, weights, output }, { name: 'fc', dims: [classes, 16] });
    expect(statSync(input).size).toBeGreaterThan(2 ** 31);
    const tapped = await tapFile(input, join(folder, 'tapped.onnx'), { weights: 'link' });
    expect(tapped.bytes).toBeLessThan(10_000);
    expect(tapped.manifest.record.logits).toMatchObject({ shape: ['batch', classes] });
    const cut = join(folder, 'cut.onnx');
    await pruneFile(input, cut, { to: ['flat'], weights: 'link' });
    const small = await run(await tapBytes(buildModel(WIDE_CNN)));
    expect(bits((await run(cut)).get('flat')!).equals(bits(small.get('pooled')!))).toBe(true);
  });
});

describe('float16 (onnxslim takes unknown types for float32)', () => {
  it('stays float16 in the types of added outputs', async () => {
    const { graph } = await parse(await tapBytes(modelBytes('float16')));
    expect(graph.outputs.map(({ dataType }) => dataType)).toEqual(graph.outputs.map(() => 10));
    expect(graph.outputs.length).toBeGreaterThan(2);
  });
});

describe('metadata (extract_model drops it)', () => {
  it('stays: producer, metadata entries and unknown fields', async () => {
    const entry = messageField(MODEL.metadataProps, [
      stringField(ENTRY.key, 'author'),
      stringField(ENTRY.value, 'me'),
    ]);
    const unknown = stringField(5000, 'a field of the future');
    const original = buildModel({ ...SMALL_CNN, metadata: [entry, unknown] });
    for (const bytes of [await tapBytes(original), await pruneBytes(original, { to: ['r1'] })]) {
      const { producerName, metadataProps } = onnx.ModelProto.decode(bytes);
      expect(producerName).toBe('test');
      expect(metadataProps[0]).toMatchObject({ key: 'author', value: 'me' });
      expect(Buffer.from(bytes).includes(Buffer.from(unknown))).toBe(true);
    }
  });

  it('of a plan is not left behind on a part that it no longer describes', async () => {
    const model = await parse(buildModel(SMALL_CNN));
    const tapped = await bytesOf(model, (await tapModel(model, planTaps(model))).segments);
    const cut = onnx.ModelProto.decode(await pruneBytes(tapped, { to: ['pooled'] }));
    expect(cut.metadataProps).toEqual([]);
  });
});

describe('pruneModel', () => {
  it('names what was meant by a value that does not exist', async () => {
    await expect(pruneBytes(buildModel(SMALL_CNN), { to: ['logit'] })).rejects.toMatchObject({
      code: 'TAP_NOT_FOUND',
      message: expect.stringContaining('did you mean logits') as string,
    });
  });

  it('refuses a cut that the image still gets around', async () => {
    const around = pruneBytes(buildModel(SMALL_CNN), { from: ['c1'], to: ['probabilities'] });
    await expect(around).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' });
    await expect(around).rejects.toThrow(/"input"/);
  });
});

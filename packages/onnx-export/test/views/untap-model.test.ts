import fc from 'fast-check';
import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../src/proto/encode.js';
import { planTaps } from '../../src/plan-taps.js';
import { tapModel } from '../../src/tap-model.js';
import { untapModel } from '../../src/views/untap-model.js';
import { readSegments, type Segment } from '../../src/write/segments.js';
import type { Model } from '../../src/proto/model.js';
import { buildModel, SMALL_CNN, WIDE_CNN, type ModelSpec } from '../build-model.js';
import { exportBytes, EXPORTS, modelBytes, parse } from '../read-fixture.js';
import { readWire, type RawField } from '../read-wire.js';
import { bits, run } from '../run-model.js';

async function bytesOf(model: Model, segments: readonly Segment[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return concatBytes(parts);
}

async function tapAll(original: Uint8Array): Promise<Uint8Array> {
  const model = await parse(original);
  return bytesOf(model, (await tapModel(model, planTaps(model))).segments);
}

async function untap(tapped: Uint8Array): Promise<Uint8Array> {
  const model = await parse(tapped);
  return bytesOf(model, untapModel(model));
}

const hex = ({ whole }: RawField): string => Buffer.from(whole).toString('hex');

/** The fields of the model but the graph, and those of the graph, each whole, in their order. */
function messages(bytes: Uint8Array): { model: string[]; graph: string[] } {
  const fields = readWire(bytes);
  const graphs = fields.filter(({ field }) => field === 7);
  expect(graphs).toHaveLength(1);
  return {
    model: fields.filter(({ field }) => field !== 7).map(hex),
    graph: readWire(graphs[0]!.bytes).map(hex),
  };
}

/** Whether all of `part` stands in `whole`, in the same order. */
function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const item of whole) if (item === part[at]) at++;
  return at === part.length;
}

async function expectUntouched(original: Uint8Array): Promise<Uint8Array> {
  const tapped = await tapAll(original);
  const [before, after] = [messages(original), messages(tapped)];
  expect(isSubsequence(before.model, after.model)).toBe(true);
  expect(isSubsequence(before.graph, after.graph)).toBe(true);
  expect(Buffer.from(await untap(tapped)).equals(Buffer.from(original))).toBe(true);
  return tapped;
}

const FIXTURES = ['conv', 'conv-ir3', 'external', 'float16', 'if', 'nested-if', 'nhwc']
  .concat(['odd-names', 'shared-weight', 'taken-name', 'tokens-opset9', 'tokens-opset13'])
  .concat(['tokens-opset18', 'undecodable-name', 'unsorted']);

/** Residual networks of random depth, width and strides. */
const networks = fc
  .record({
    widths: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }),
    residual: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    strided: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    classes: fc.integer({ min: 1, max: 30 }),
    softmax: fc.boolean(),
    opset: fc.constantFrom(11, 13, 17, 18, 21),
  })
  .map(({ widths, residual, strided, classes, softmax, opset }): ModelSpec => {
    const nodes: ModelSpec['nodes'][number][] = [];
    const weights: Record<string, readonly number[]> = {};
    let value = 'input';
    let channels = 3;
    widths.forEach((width, i) => {
      weights[`w${i}`] = [width, channels, 3, 3];
      const strides = strided[i] === true && i < 3 ? [2, 2] : [1, 1];
      const ints = { pads: [1, 1, 1, 1], strides };
      nodes.push({ op: 'Conv', inputs: [value, `w${i}`], output: `c${i}`, ints });
      nodes.push({ op: 'Relu', inputs: [`c${i}`], output: `r${i}` });
      value = `r${i}`;
      if (residual[i] === true) {
        weights[`v${i}`] = [width, width, 3, 3];
        const same = { pads: [1, 1, 1, 1] };
        nodes.push({ op: 'Conv', inputs: [value, `v${i}`], output: `d${i}`, ints: same });
        nodes.push({ op: 'Add', inputs: [`d${i}`, value], output: `a${i}` });
        nodes.push({ op: 'Relu', inputs: [`a${i}`], output: `s${i}` });
        value = `s${i}`;
      }
      channels = width;
    });
    nodes.push({ op: 'GlobalAveragePool', inputs: [value], output: 'gap' });
    nodes.push({ op: 'Flatten', inputs: ['gap'], output: 'flat', int: { axis: 1 } });
    weights.fc = [classes, channels];
    const last = softmax ? 'scores' : 'y';
    nodes.push({ op: 'Gemm', inputs: ['flat', 'fc'], output: last, int: { transB: 1 } });
    if (softmax) nodes.push({ op: 'Softmax', inputs: [last], output: 'y', int: { axis: 1 } });
    return {
      input: ['batch', 3, 16, 16],
      nodes,
      weights,
      random: true,
      opset,
      output: { name: 'y', shape: ['batch', classes] },
    };
  });

describe('tapping and taking it back', () => {
  it.each(FIXTURES)('touches no other message of %s and gives its bytes back', async (name) => {
    await expectUntouched(modelBytes(name));
  });

  it.each(EXPORTS.map(([name]) => name))('does so for the export %s', async (name) => {
    await expectUntouched(exportBytes(name));
  });

  it('does so for generated networks, whose outputs keep their bits', async () => {
    const property = fc.asyncProperty(networks, async (spec) => {
      const original = buildModel(spec);
      const tapped = await expectUntouched(original);
      const [before, after] = [await run(original), await run(tapped)];
      expect(bits(after.get('y')!).equals(bits(before.get('y')!))).toBe(true);
      expect(after.size).toBeGreaterThan(before.size);
    });
    await fc.assert(property, { numRuns: 60, seed: 6 });
  });

  it('refuses a file that is not tapped', async () => {
    const model = await parse(buildModel(SMALL_CNN));
    expect(() => untapModel(model)).toThrow(expect.objectContaining({ code: 'MANIFEST_MISSING' }));
  });
});

describe('the protobuf decoder of the onnx-proto package', () => {
  it.each([...FIXTURES.slice(0, 4), 'if', 'undecodable-name'])(
    'reads the tapped %s whole',
    async (name) => {
      const original = onnx.ModelProto.decode(modelBytes(name));
      const tapped = onnx.ModelProto.decode(await tapAll(modelBytes(name)));
      expect(tapped.graph?.node?.length).toBeGreaterThanOrEqual(original.graph?.node?.length ?? 1);
      expect(tapped.graph?.initializer?.length).toBeGreaterThanOrEqual(
        original.graph?.initializer?.length ?? 1,
      );
      const names = tapped.graph?.output?.map((output) => output.name) ?? [];
      expect(names).toEqual(
        expect.arrayContaining([...(original.graph?.output?.map((o) => o.name) ?? []), 'pooled']),
      );
      expect(tapped.metadataProps.some(({ key }) => key === 'featuretap')).toBe(true);
    },
  );

  it('reads a linked file: external data with location, offset and length', async () => {
    const model = await parse(buildModel(WIDE_CNN));
    const { linkWeights } = await import('../../src/write/link-weights.js');
    const splices = await linkWeights(model, 'model.onnx');
    const weights = { splices, files: [{ location: 'model.onnx', bytes: model.source.size }] };
    const { segments } = await tapModel(model, planTaps(model), { weights });
    const { graph } = onnx.ModelProto.decode(await bytesOf(model, segments));
    const fc = graph?.initializer?.find(({ name }) => name === 'fc');
    expect(fc?.dataLocation).toBe(onnx.TensorProto.DataLocation.EXTERNAL);
    expect(fc?.externalData?.map(({ key }) => key)).toEqual(['location', 'offset', 'length']);
    expect(fc?.rawData?.length ?? 0).toBe(0);
  });
});

// Models made by tools/python/make_type_fixtures.py, run in onnxruntime.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FieldOutput, Manifest, PreprocessSpec } from '@featuretap/core/spec';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../src/proto/encode.js';
import { planTaps } from '../../src/plan-taps.js';
import { tapModel, type TapOptions } from '../../src/tap-model.js';
import type { TapPlan } from '../../src/taps/plan.js';
import { untapModel } from '../../src/views/untap-model.js';
import { readSegments } from '../../src/write/segments.js';
import { modelBytes, parse } from '../read-fixture.js';
import { bits, run } from '../run-model.js';

function typeFixture(name: string): Uint8Array {
  const url = new URL(`../type-fixtures/${name}.onnx`, import.meta.url);
  return new Uint8Array(readFileSync(url));
}

interface Tapped {
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

async function tap(
  original: Uint8Array,
  options: TapOptions = {},
  change: (plan: TapPlan) => TapPlan = (plan) => plan,
): Promise<Tapped> {
  const model = await parse(original);
  const { segments, manifest } = await tapModel(model, change(planTaps(model)), options);
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return { bytes: concatBytes(parts), manifest };
}

function fieldsOf({ record }: Manifest): FieldOutput[] {
  const { stages, unpooled, pooled, logits } = record;
  const fields = [...stages, unpooled, pooled, logits].flat();
  return fields.filter((field) => 'output' in field);
}

/** Every field is there, with the type and shape that the manifest says. */
async function expectFields({ bytes, manifest }: Tapped): Promise<Map<string, Tensor>> {
  const outputs = await run(bytes, { graphOptimizationLevel: 'all' });
  const fields = fieldsOf(manifest);
  expect(fields.length).toBeGreaterThan(3);
  for (const { output, dtype, shape } of fields) {
    expect(outputs.get(output)?.type, output).toBe(dtype);
    expect(outputs.get(output)?.dims, output).toEqual(shape.map((d) => (d === 'batch' ? 2 : d)));
  }
  return outputs;
}

function numbers(tensor: Tensor | undefined): number[] {
  if (tensor?.type === 'float16') return halves(tensor);
  return Array.from(tensor?.data as Float32Array, Number);
}

function halves(tensor: Tensor): number[] {
  const raw = bits(tensor);
  return Array.from({ length: raw.length / 2 }, (_, i) => {
    const half = raw.readUInt16LE(2 * i);
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
    return half & 0x8000 ? -size : size;
  });
}

/**
 * Operators of the graph that onnxruntime runs, by name, with their number.
 *
 * By default onnxruntime on x64 computes in uint8 and turns int8 activations into that, which it
 * does not where a residual branch or an output shares them; so int8 is allowed here.
 */
async function optimisedOperators(model: Uint8Array): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'featuretap-'));
  try {
    const file = join(folder, 'optimised.onnx');
    const session = await InferenceSession.create(model, {
      graphOptimizationLevel: 'all',
      optimizedModelFilePath: file,
      extra: { session: { qdqisint8allowed: '1' } },
      logSeverityLevel: 3,
    });
    await session.release();
    const { graph } = await parse(new Uint8Array(readFileSync(file)));
    const counts = new Map<string, number>();
    for (const { opType } of graph.nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
    return counts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const QUANTIZED = [
  ...['qdq-int8', 'qdq-uint8', 'qdq-per-channel', 'qoperator-int8', 'qoperator-uint8'],
];

describe('a quantised model', () => {
  it.each(QUANTIZED)('%s: has all fields, float32, near those of the float model', async (name) => {
    const tapped = await tap(typeFixture(name));
    const outputs = await expectFields(tapped);
    const float = await tap(modelBytes('conv'));
    const wanted = await run(float.bytes);
    const kinds = fieldsOf(tapped.manifest).map(({ shape, layout }) => ({ shape, layout }));
    expect(kinds).toEqual(fieldsOf(float.manifest).map(({ shape, layout }) => ({ shape, layout })));
    for (const [i, { output, dtype }] of fieldsOf(tapped.manifest).entries()) {
      expect(dtype).toBe('float32');
      const expected = numbers(wanted.get(fieldsOf(float.manifest)[i]!.output));
      const scale = Math.max(...expected.map(Math.abs));
      numbers(outputs.get(output)).forEach((value, at) => {
        expect(Math.abs(value - expected[at]!)).toBeLessThan(0.05 * scale);
      });
    }
  });

  it.each(QUANTIZED)('%s: gives its outputs bit for bit at every level', async (name) => {
    const original = typeFixture(name);
    const { bytes } = await tap(original);
    for (const graphOptimizationLevel of ['disabled', 'all'] as const) {
      const before = await run(original, { graphOptimizationLevel });
      const after = await run(bytes, { graphOptimizationLevel });
      expect(bits(after.get('logits')!).equals(bits(before.get('logits')!))).toBe(true);
      expect(new Set(numbers(before.get('logits'))).size).toBeGreaterThan(3);
    }
  });

  it.each(QUANTIZED)('%s: still runs in integers', async (name) => {
    const original = typeFixture(name);
    const before = await optimisedOperators(original);
    const after = await optimisedOperators((await tap(original)).bytes);
    const integers = [...before].filter(([op]) => /^QLinear|^QGemm/.test(op));
    expect(Object.fromEntries(integers)).toEqual({
      QLinearConv: 3,
      QLinearAdd: 1,
      QLinearGlobalAveragePool: 1,
      QGemm: 1,
    });
    for (const [op, count] of integers) expect(after.get(op), op).toBe(count);
  });

  it('is tapped behind the quantisation, where a plan names the value in front of it', async () => {
    const inFront = (plan: TapPlan): TapPlan => {
      const stages = plan.record.stages.map((stage) =>
        'shape' in stage
          ? { ...stage, value: stage.value.replace('_DequantizeLinear_Output', '') }
          : stage,
      );
      return { ...plan, record: { ...plan.record, stages } };
    };
    const original = typeFixture('qdq-uint8');
    const tapped = await tap(original, {}, inFront);
    expect(tapped.manifest.record.stages.map(({ value }) => value)).toEqual([
      'r1_DequantizeLinear_Output',
      'r2_DequantizeLinear_Output',
    ]);
    const [before, after] = [
      await optimisedOperators(original),
      await optimisedOperators(tapped.bytes),
    ];
    expect(after.get('QLinearConv')).toBe(before.get('QLinearConv'));
    expect(before.get('QLinearConv')).toBe(3);
  });

  it('gives its integers to who asks for them', async () => {
    const outputs = [{ name: 'raw', value: 'c2_quantized' }];
    const { bytes, manifest } = await tap(typeFixture('qoperator-int8'), { outputs });
    expect(manifest.extras).toMatchObject([{ output: 'raw', dtype: 'int8' }]);
    expect((await run(bytes)).get('raw')?.type).toBe('int8');
  });
});

describe('a model of mixed precision', () => {
  it('has each field in its own type', async () => {
    const tapped = await tap(typeFixture('half-inside'));
    await expectFields(tapped);
    const types = fieldsOf(tapped.manifest).map(({ dtype }) => dtype);
    // The last stage is the value behind the Cast to float32.
    expect(types).toEqual(['float16', 'float32', 'float32', 'float32', 'float32']);
  });

  const brain = (plan: TapPlan): TapPlan => {
    const stages = plan.record.stages.map((stage) =>
      'shape' in stage ? { ...stage, value: 'brain.kept' } : stage,
    );
    return { ...plan, record: { ...plan.record, stages: stages.slice(-1) } };
  };

  it('gives bfloat16 features as float32', async () => {
    const original = typeFixture('brain-between');
    const tapped = await tap(original, {}, brain);
    const outputs = await expectFields(tapped);
    const [stage] = tapped.manifest.record.stages;
    expect(stage).toMatchObject({ value: 'brain.kept', dtype: 'float32' });
    const before = await run(original);
    expect(bits(outputs.get('logits')!).equals(bits(before.get('logits')!))).toBe(true);
    // bfloat16 numbers are float32 numbers whose last 16 bits are 0.
    const raw = new Uint32Array((outputs.get(stage!.output)!.data as Float32Array).slice().buffer);
    expect(raw.some((word) => word !== 0)).toBe(true);
    expect(raw.every((word) => (word & 0xffff) === 0)).toBe(true);
  });

  it('has fields in float32 where all inside is bfloat16', async () => {
    const { manifest } = await tap(typeFixture('brain-inside'));
    expect(fieldsOf(manifest).map(({ dtype }) => dtype)).toEqual(Array(5).fill('float32'));
  });

  it('is refused when its own output cannot be opened, with what to do', async () => {
    await expect(tap(typeFixture('brain-output'))).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(/output "logits" of the file is bfloat16.*Export/),
    });
  });
});

describe('the option dtype', () => {
  it('makes all fields float16 and leaves the original outputs alone', async () => {
    const original = modelBytes('conv');
    const tapped = await tap(original, { dtype: 'float16' });
    const outputs = await expectFields(tapped);
    const own = await run((await tap(original)).bytes);
    expect(fieldsOf(tapped.manifest).map(({ dtype }) => dtype)).toEqual(Array(5).fill('float16'));
    expect(tapped.manifest.record.logits).toMatchObject({ output: 'logits_1', value: 'logits' });
    expect(bits(outputs.get('logits')!).equals(bits(own.get('logits')!))).toBe(true);
    for (const [name, half] of [
      ['logits', 'logits_1'],
      ['stages.0', 'stages.0'],
    ] as const) {
      const wanted = numbers(own.get(name));
      expect(wanted.some((value) => value !== 0)).toBe(true);
      numbers(outputs.get(half)).forEach((value, i) => {
        expect(Math.abs(value - wanted[i]!)).toBeLessThanOrEqual(Math.abs(wanted[i]!) * 2 ** -11);
      });
    }
  });

  it('makes the fields of a float16 model float32', async () => {
    const tapped = await tap(modelBytes('float16'), { dtype: 'float32' });
    await expectFields(tapped);
    expect(fieldsOf(tapped.manifest).map(({ dtype }) => dtype)).toEqual(Array(5).fill('float32'));
  });

  it('makes no second output of what has the type already', async () => {
    const { manifest } = await tap(modelBytes('conv'), { dtype: 'float32' });
    expect(manifest).toEqual((await tap(modelBytes('conv'))).manifest);
  });

  it.each(['nhwc', 'tokens-opset9', 'tokens-opset18', 'conv-ir3'])('works on %s', async (name) => {
    await expectFields(await tap(modelBytes(name), { dtype: 'float16' }));
  });
});

describe('the option reduce', () => {
  const NETWORKS = [
    ...['conv', 'conv-ir3', 'float16', 'nhwc', 'tokens-opset9', 'tokens-opset18'].map(
      (name) => [name, modelBytes(name)] as const,
    ),
    ...['qdq-int8', 'qoperator-uint8'].map((name) => [name, typeFixture(name)] as const),
  ];

  describe.each(['avg', 'max'] as const)('%s', (reduce) => {
    it.each(NETWORKS)('gives each stage of %s as one number a channel', async (_, original) => {
      const maps = await tap(original, { dtype: 'float32' });
      const vectors = await tap(original, { dtype: 'float32', reduce });
      const wanted = await run(maps.bytes);
      const found = await expectFields(vectors);
      expect(maps.manifest.record.stages.length).toBeGreaterThan(0);
      for (const [i, map] of maps.manifest.record.stages.entries()) {
        const vector = vectors.manifest.record.stages[i]!;
        expect(vector).toMatchObject({ layout: 'NC', reduce, shape: map.shape.slice(0, 2) });
        const positions = Number(map.shape[2]) * Number(map.shape[3]);
        const values = numbers(wanted.get(map.output));
        const reduced = numbers(found.get(vector.output));
        expect(reduced).toHaveLength(values.length / positions);
        reduced.forEach((value, row) => {
          const own = values.slice(row * positions, (row + 1) * positions);
          const mean = own.reduce((sum, each) => sum + each, 0) / positions;
          expect(value).toBeCloseTo(reduce === 'max' ? Math.max(...own) : mean, 5);
        });
      }
    });
  });

  it('leaves the other fields and the original outputs as they are', async () => {
    const [all, reduced] = [
      await tap(modelBytes('conv')),
      await tap(modelBytes('conv'), { reduce: 'avg' }),
    ];
    const [before, after] = [await run(all.bytes), await run(reduced.bytes)];
    const { unpooled, pooled, logits } = reduced.manifest.record;
    expect(unpooled).toMatchObject({ layout: 'NCHW', shape: ['batch', 6, 4, 4] });
    for (const field of [pooled, logits]) {
      const name = 'output' in field ? field.output : '';
      expect(bits(after.get(name)!).equals(bits(before.get(name)!))).toBe(true);
    }
  });

  it('none is what happens without it', async () => {
    const { manifest } = await tap(modelBytes('conv'), { reduce: 'none' });
    expect(manifest).toEqual((await tap(modelBytes('conv'))).manifest);
  });
});

describe('a value that was named', () => {
  const TYPES = [
    ['double', 'float64'],
    ['half', 'float16'],
    ['brain', 'float32'],
    ['float8', 'float32'],
    ['long', 'int64'],
    ['int', 'int32'],
    ['short', 'int16'],
    ['byte', 'int8'],
    ['ulong', 'uint64'],
    ['uint', 'uint32'],
    ['ushort', 'uint16'],
    ['ubyte', 'uint8'],
    ['flag', 'bool'],
    ['top.at', 'int64'],
  ] as const;

  it.each(TYPES)('%s is returned as %s', async (value, dtype) => {
    const original = typeFixture('every-type');
    const { bytes, manifest } = await tap(original, { outputs: [{ name: 'x', value }] });
    expect(manifest.extras).toEqual([{ output: 'x', value, dtype, shape: ['batch', 5] }]);
    const tensor = (await run(bytes)).get('x');
    expect(tensor?.type).toBe(dtype);
    expect(tensor?.dims).toEqual([2, 5]);
  });

  it('may hold strings', async () => {
    const outputs = [{ name: 'x', value: 'text' }];
    const { bytes, manifest } = await tap(typeFixture('every-type'), { outputs });
    expect(manifest.extras).toMatchObject([{ output: 'x', dtype: null }]);
    expect((await run(bytes)).get('x')?.type).toBe('string');
  });

  it.each([
    ['count', 'int64'],
    ['total', 'float32'],
  ])('%s may be a scalar', async (value, dtype) => {
    const outputs = [{ name: 'x', value }];
    const { bytes, manifest } = await tap(typeFixture('every-type'), { outputs });
    expect(manifest.extras).toEqual([{ output: 'x', value, dtype, shape: [] }]);
    expect((await run(bytes)).get('x')?.dims).toEqual([]);
  });

  it('may have a shape that only a run tells', async () => {
    const outputs = [{ name: 'x', value: 'kinds' }];
    const { bytes, manifest } = await tap(typeFixture('every-type'), { outputs });
    expect(manifest.extras).toEqual([{ output: 'x', value: 'kinds', dtype: 'int64', shape: null }]);
    expect((await run(bytes)).get('x')?.dims).toHaveLength(1);
  });

  it.each([
    ['input', ['batch', 3, 16, 16]],
    ['fc.w', [5, 6]],
  ])('%s may be an input or a weight', async (value, shape) => {
    const asked = [
      { name: 'x', value },
      { name: value, value },
    ];
    const { bytes, manifest } = await tap(modelBytes('conv'), { outputs: asked });
    expect(manifest.extras).toEqual([
      { output: 'x', value, dtype: 'float32', shape },
      { output: `${value}_1`, value, dtype: 'float32', shape },
    ]);
    for (const graphOptimizationLevel of ['disabled', 'all'] as const) {
      const outputs = await run(bytes, { graphOptimizationLevel });
      expect(outputs.get('x')?.dims).toEqual(shape.map((d) => (d === 'batch' ? 2 : d)));
      expect(bits(outputs.get('x')!).equals(bits(outputs.get(`${value}_1`)!))).toBe(true);
    }
  });

  it('is exposed once when it is named twice, or is an output already', async () => {
    const outputs = [
      { name: 'x', value: 'r1' },
      { name: 'x', value: 'r1' },
      { name: 'logits', value: 'logits' },
    ];
    const { bytes, manifest } = await tap(modelBytes('conv'), { outputs });
    expect(manifest.extras?.map(({ output }) => output)).toEqual(['x', 'logits']);
    const names = [...(await run(bytes)).keys()];
    expect(names.filter((name) => /^(x|logits)/.test(name))).toEqual(['logits', 'x']);
  });

  it.each([
    ['list', 'MODEL_UNSUPPORTED', 'a sequence'],
    ['list.kept', 'MODEL_UNSUPPORTED', 'a sequence'],
    ['nowhere', 'TAP_NOT_FOUND', 'none like it'],
  ])('%s is refused', async (value, code, message) => {
    const outputs = [{ name: 'x', value }];
    const refused = tap(typeFixture('every-type'), { outputs });
    await expect(refused).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it.each(['', '__proto__'])('cannot be called "%s"', async (name) => {
    const refused = tap(modelBytes('conv'), { outputs: [{ name, value: 'r1' }] });
    await expect(refused).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

const PREPROCESS: PreprocessSpec = {
  inputSize: [3, 16, 16],
  interpolation: 'bicubic',
  cropPct: 0.875,
  cropMode: 'center',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** Two images in which every byte value occurs in every colour, and odd pairs of neighbours. */
const PIXELS = Uint8Array.from({ length: 2 * 16 * 16 * 3 }, (_, i) => (i * 167 + (i >> 8)) & 255);

/** The float input that `@featuretap/core` makes of the pixels: float32 after every step. */
function normalised(): Float32Array {
  const { mean, std } = PREPROCESS;
  const { fround } = Math;
  return Float32Array.from({ length: PIXELS.length }, (_, at) => {
    const [image, colour, position] = [Math.floor(at / 768), Math.floor(at / 256) % 3, at % 256];
    const level = fround(PIXELS[(image * 256 + position) * 3 + colour]! / 255);
    return fround(fround(level - fround(mean[colour]!)) / fround(std[colour]!));
  });
}

async function runWith(model: Uint8Array, feeds: Record<string, Tensor>) {
  const session = await InferenceSession.create(model, { logSeverityLevel: 3 });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

describe('a uint8 input', () => {
  it('normalises to the same bits as preprocessing does', async () => {
    const outputs = [{ name: 'normalised', value: 'input' }];
    const original = modelBytes('conv');
    const tapped = await tap(original, { input: 'uint8', preprocess: PREPROCESS, outputs });
    expect(tapped.manifest.input).toEqual({
      name: 'input.uint8',
      dtype: 'uint8',
      shape: ['batch', 16, 16, 3],
      layout: 'NHWC',
    });
    const bytes = new Tensor('uint8', PIXELS, [2, 16, 16, 3]);
    const after = await runWith(tapped.bytes, { 'input.uint8': bytes });
    const floats = normalised();
    expect(new Set(floats).size).toBe(768);
    expect(bits(after['normalised']!).equals(Buffer.from(floats.buffer))).toBe(true);
    const plain = await tap(original);
    const before = await runWith(plain.bytes, {
      input: new Tensor('float32', floats, [2, 3, 16, 16]),
    });
    for (const [name, tensor] of Object.entries(before)) {
      expect(bits(after[name]!).equals(bits(tensor)), name).toBe(true);
    }
  });

  it.each(['conv-ir3', 'float16', 'nhwc', 'tokens-opset9'])('works on %s', async (name) => {
    const tapped = await tap(modelBytes(name), { input: 'uint8', preprocess: PREPROCESS });
    const bytes = new Tensor('uint8', PIXELS, [2, 16, 16, 3]);
    const results = await runWith(tapped.bytes, { 'input.uint8': bytes });
    for (const { output, dtype } of fieldsOf(tapped.manifest)) {
      expect(results[output]?.type).toBe(dtype);
      expect(numbers(results[output]).every(Number.isFinite)).toBe(true);
    }
  });

  it('cannot be taken back, with linked weights neither', async () => {
    const weights = { splices: [], files: [{ location: 'conv.onnx', bytes: 1 }] };
    const options = { input: 'uint8', preprocess: PREPROCESS, weights } as const;
    const { bytes } = await tap(modelBytes('conv'), options);
    const model = await parse(bytes);
    expect(() => untapModel(model)).toThrow(/Use the original/);
  });

  it.each([
    ['preprocessing is not known', {}],
    ['it is known, but the input takes bytes', { preprocess: PREPROCESS }],
  ])('is refused where %s', async (_, options) => {
    const bytesAlready = (plan: TapPlan): TapPlan => ({
      ...plan,
      input: { ...plan.input, dtype: 'uint8' },
    });
    const refused = tap(modelBytes('conv'), { ...options, input: 'uint8' }, bytesAlready);
    await expect(refused).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

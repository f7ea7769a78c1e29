import type { PreprocessSpec } from '@featuretap/core/spec';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { TapPlan } from '../../src/taps/plan.js';
import { untapModel } from '../../src/views/untap-model.js';
import { modelBytes, parse } from '../read-fixture.js';
import { bits } from '../run-model.js';
import { fieldsOf, numbers, tap } from '../tap-fixture.js';

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
    expect(bits(after.normalised!).equals(Buffer.from(floats.buffer))).toBe(true);
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

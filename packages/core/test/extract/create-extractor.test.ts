import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import { decodeImage } from '../../src/image/decode-image.js';
import { preprocess } from '../../src/preprocess/preprocess.js';
import { recordToTensors } from '../../src/record/record-tensors.js';
import { toFloat16Bits } from '../../src/tensor/float16.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { toFloat32 } from '../../src/tensor/to-float32.js';
import { imagePath, maxDifference, modelPath, truth, TOLERANCE } from './models.js';

const FIELDS = ['stages.0', 'stages.1', 'unpooled', 'pooled', 'logits'];

function row(tensor: Tensor<'float32'>, index: number): Tensor<'float32'> {
  const [rows = 0, ...rest] = tensor.shape;
  const size = tensor.data.length / rows;
  const data = tensor.data.subarray(index * size, (index + 1) * size);
  return { dtype: 'float32', shape: [1, ...rest], data };
}

describe('a run on a tensor', () => {
  it('returns what onnxruntime in Python returns, field by field', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const record = await extractor.run(truth('input'));
    const tensors = recordToTensors(record);
    expect(Object.keys(tensors)).toEqual(FIELDS);
    for (const name of FIELDS) {
      expect(tensors[name]!.shape, name).toEqual(truth(name).shape);
      const difference = maxDifference(toFloat32(tensors[name]!), truth(name).data);
      expect(difference, name).toBeLessThan(TOLERANCE);
    }
    expect(record.stages.map((stage) => stage.layout)).toEqual(['NCHW', 'NCHW']);
    expect(record.pooled?.layout).toBe('NC');
  });

  it.each(['tiny-batch-1', 'tiny-batch-3'])('gives the same rows with %s', async (model) => {
    await using extractor = await createExtractor(modelPath(model));
    const input = truth('input');
    // Four rows: neither 1 nor a multiple of 3.
    const record = await extractor.run([input, row(input, 1)]);
    for (const [name, tensor] of Object.entries(recordToTensors(record))) {
      const expected = truth(name);
      const values = [...expected.data, ...row(expected, 1).data];
      expect(tensor.shape[0]).toBe(4);
      expect(maxDifference(toFloat32(tensor), values), name).toBeLessThan(TOLERANCE);
    }
  });

  it('concatenates tensors, and the same tensor twice', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const first = row(truth('input'), 0);
    const record = await extractor.run([first, truth('input'), first], { fields: ['pooled'] });
    const pooled = truth('pooled');
    const expected = [...row(pooled, 0).data, ...pooled.data, ...row(pooled, 0).data];
    expect(maxDifference(toFloat32(record.pooled), expected)).toBeLessThan(TOLERANCE);
  });

  it("leaves the caller's buffers as they are, also where they are part of larger ones", async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const whole = truth('input').data;
    const input = row(truth('input'), 2);
    const inside = { ...input, data: whole.subarray(2 * 768, 3 * 768) };
    const record = await extractor.run(inside, { fields: ['logits'] });
    expect(whole.length).toBe(3 * 768);
    const expected = row(truth('logits'), 2).data;
    expect(maxDifference(toFloat32(record.logits), expected)).toBeLessThan(TOLERANCE);
    const encoded = readFileSync(imagePath('photo.png'));
    await extractor.run(encoded);
    expect(encoded.length).toBeGreaterThan(0);
  });

  it('returns buffers of the size of their tensors', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const { pooled } = await extractor.run(truth('input'), { fields: ['pooled'] });
    expect(pooled.data.buffer.byteLength).toBe(3 * 6 * 4);
  });

  it('takes and returns float16 bits', async () => {
    await using extractor = await createExtractor(modelPath('tiny-float16'));
    const { shape, data } = truth('input');
    const half: Tensor = { dtype: 'float16', shape, data: Uint16Array.from(data, toFloat16Bits) };
    const record = await extractor.run(half, { fields: ['logits'] });
    expect(record.logits.dtype).toBe('float16');
    expect(record.logits.data).toBeInstanceOf(Uint16Array);
    // Weights, inputs and outputs of 11 significant bits, values up to 4.
    expect(maxDifference(toFloat32(record.logits), truth('logits').data)).toBeLessThan(0.02);
  });
});

describe('a run on images', () => {
  it('equals a run on the preprocessed tensor, whatever the image comes as', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const path = imagePath('photo.png');
    const image = await decodeImage(path);
    const data = preprocess(image, extractor.manifest.preprocess!);
    const tensor: Tensor = { dtype: 'float32', shape: [1, 3, 16, 16], data };
    const expected = (await extractor.run(tensor, { fields: ['stages'] })).stages[0]!.data;
    const inputs = [path, pathToFileURL(path), readFileSync(path), image];
    for (const input of inputs) {
      const { stages } = await extractor.run(input, { fields: ['stages'] });
      expect(stages[0]!.data).toEqual(expected);
    }
    // One batch of every kind of input at once: other kernels may run, so not bit for bit.
    const { stages } = await extractor.run([...inputs, tensor], { fields: ['stages'] });
    for (let index = 0; index < 5; index++) {
      const difference = maxDifference(stages[0]!.row(index), expected);
      expect(difference).toBeLessThan(TOLERANCE);
    }
  });

  it.each([
    ['tiny-uint8', 1e-5],
    ['tiny-float16', 0.02],
  ])('fills the input of %s', async (model, tolerance) => {
    await using plain = await createExtractor(modelPath('tiny'));
    await using other = await createExtractor(modelPath(model));
    const paths = [imagePath('photo.png'), imagePath('rgb.jpg')];
    const expected = await plain.run(paths, { fields: ['logits'] });
    const found = await other.run(paths, { fields: ['logits'] });
    const difference = maxDifference(toFloat32(found.logits), toFloat32(expected.logits));
    expect(difference).toBeLessThan(tolerance);
  });

  it('uses the preprocess option in place of the manifest', async () => {
    const path = imagePath('photo.png');
    const spec = {
      inputSize: [3, 16, 16] as [3, number, number],
      interpolation: 'bicubic' as const,
      cropPct: 1,
      cropMode: 'squash' as const,
      mean: [0, 0, 0] as [number, number, number],
      std: [1, 1, 1] as [number, number, number],
    };
    await using extractor = await createExtractor(modelPath('tiny-no-preprocess'), {
      preprocess: spec,
    });
    const data = preprocess(await decodeImage(path), spec);
    const tensor: Tensor = { dtype: 'float32', shape: [1, 3, 16, 16], data };
    const fromTensor = await extractor.run(tensor, { fields: ['logits'] });
    const fromImage = await extractor.run(path, { fields: ['logits'] });
    expect(fromImage.logits.data).toEqual(fromTensor.logits.data);
  });

  it('decodes by the policy of the decode option', async () => {
    await using asTrained = await createExtractor(modelPath('tiny'));
    await using display = await createExtractor(modelPath('tiny'), { decode: 'display' });
    // A photo that is tagged as lying on its side.
    const path = imagePath('orientation-6.jpg');
    const first = await asTrained.run(path, { fields: ['logits'] });
    const second = await display.run(path, { fields: ['logits'] });
    expect(maxDifference(toFloat32(first.logits), toFloat32(second.logits))).toBeGreaterThan(1e-3);
  });
});

describe('fields', () => {
  it('are all that the file has, when none are named', async () => {
    await using headless = await createExtractor(modelPath('tiny-headless'));
    expect(Object.keys(await headless.run(truth('input')))).toEqual([
      'stages',
      'unpooled',
      'pooled',
    ]);
    await using branches = await createExtractor(modelPath('tiny-branches'));
    const record = await branches.run(truth('input'));
    expect(Object.keys(record)).toEqual(['stages', 'unpooled', 'pooled']);
    expect(record.stages).toEqual([]);
    expect(Object.keys(recordToTensors(record))).toEqual(['unpooled.0', 'unpooled.1', 'pooled']);
  });

  it('are narrowed to the named ones', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const record = await extractor.run(truth('input'), { fields: ['logits', 'stages'] });
    expect(Object.keys(record)).toEqual(['logits', 'stages']);
  });

  it('that the file lacks are refused with the reason of the manifest', async () => {
    await using extractor = await createExtractor(modelPath('tiny-headless'));
    await expect(extractor.run(truth('input'), { fields: ['logits'] })).rejects.toMatchObject({
      code: 'TAP_NOT_FOUND',
      message: expect.stringMatching(
        /logits in the tapped file, which has stages, unpooled, pooled: the network was exported without logits/u,
      ) as string,
    });
    await using branches = await createExtractor(modelPath('tiny-branches'));
    await expect(branches.run(truth('input'), { fields: ['stages'] })).rejects.toMatchObject({
      code: 'TAP_NOT_FOUND',
      message: expect.stringMatching(/the network keeps one resolution/u) as string,
    });
  });
});

describe('a model in memory', () => {
  it('runs like its file, in several workers', async () => {
    const bytes = readFileSync(modelPath('tiny'));
    await using extractor = await createExtractor({ bytes }, { workers: 2, threads: 1 });
    const runs = Array.from({ length: 12 }, () => extractor.run(truth('input')));
    for (const record of await Promise.all(runs)) {
      const difference = maxDifference(toFloat32(record.logits!), truth('logits').data);
      expect(difference).toBeLessThan(TOLERANCE);
    }
    expect(bytes.length).toBeGreaterThan(0);
  });
});

describe('graphOptimizationLevel', () => {
  it.each(['disabled', 'basic', 'extended', 'layout', 'all'] as const)(
    '%s gives the same record',
    async (graphOptimizationLevel) => {
      await using extractor = await createExtractor(modelPath('tiny'), { graphOptimizationLevel });
      const { logits } = await extractor.run(truth('input'), { fields: ['logits'] });
      expect(maxDifference(toFloat32(logits), truth('logits').data)).toBeLessThan(TOLERANCE);
    },
  );
});

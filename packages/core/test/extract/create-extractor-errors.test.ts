import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import type { Extractor } from '../../src/extract/extractor.js';
import type { ExtractorInput } from '../../src/extract/plan-batch.js';
import { errorOf } from './error-of.js';
import { imagePath, modelPath, truth } from './models.js';

describe('createExtractor refuses', () => {
  const bytes = readFileSync(modelPath('tiny'));

  it.each<[string, unknown, string, RegExp]>([
    ['a missing file', 'nowhere.onnx', 'FILE_NOT_FOUND', /nowhere\.onnx/u],
    ['a folder', '.', 'FILE_UNREADABLE', /regular file/u],
    ['an image', imagePath('photo.png'), 'MODEL_NOT_ONNX', /Expected an ONNX model/u],
    ['an empty file', { bytes: new Uint8Array(0) }, 'MODEL_NOT_ONNX', /no graph/u],
    ['a model cut off', { bytes: bytes.subarray(0, 2000) }, 'MODEL_TRUNCATED', /cut off/u],
    [
      'a model that was not tapped',
      modelPath('tiny-no-manifest'),
      'MANIFEST_MISSING',
      /featuretap tap MODEL -o OUT/u,
    ],
    [
      'a manifest that contradicts the file',
      modelPath('tiny-wrong-manifest'),
      'MANIFEST_INVALID',
      /stages\.1 is float32 \[batch, 9, 4, 4\] in the manifest and float32 \[batch, 8, 4, 4\] in the file; the file has no output \(pooled\) embedding \(it has "stages\.0", /u,
    ],
    [
      'a file with a second input',
      modelPath('tiny-two-inputs'),
      'MANIFEST_INVALID',
      /further input scale/u,
    ],
    [
      'an operator that onnxruntime lacks',
      modelPath('tiny-unloadable'),
      'RUNTIME_FAILED',
      /NoSuchOperator/u,
    ],
    ['a URL on the network', new URL('https://example.org/x.onnx'), 'INPUT_INVALID', /https: URL/u],
    ['a number', 3, 'INPUT_INVALID', /got number/u],
    ['bytes that are none', { bytes: 'text' }, 'INPUT_INVALID', /Uint8Array/u],
  ])('%s', async (_, file, code, message) => {
    const error = await errorOf(createExtractor(file as string));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it.each<[string, object, RegExp]>([
    [
      'an unknown option',
      { worker: 2 },
      /unknown option worker; known options are profile, workers, threads, isolation, graphOptimizationLevel, decode, resample, preprocess/u,
    ],
    ['a head that is no model', { head: 3 }, /head: expected a path, a file: URL or \{ bytes/u],
    ['a weights folder without a name', { weightsFolder: '' }, /weightsFolder/u],
    ['no workers', { workers: 0 }, /workers/u],
    ['half a thread', { threads: 0.5 }, /threads/u],
    [
      'a preprocess option of another size',
      {
        preprocess: {
          inputSize: [3, 32, 32],
          interpolation: 'box',
          cropPct: 1,
          cropMode: 'center',
          mean: [0, 0, 0],
          std: [1, 1, 1],
        },
      },
      /\[3, 32, 32\] and the input takes \[3, 16, 16\]/u,
    ],
  ])('%s', async (_, options, message) => {
    const error = await errorOf(createExtractor(modelPath('tiny'), options));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(message);
  });
});

describe('run refuses', () => {
  const input = truth('input');

  it.each<[string, unknown, object, string, RegExp]>([
    ['an empty batch', [], {}, 'INPUT_INVALID', /at least one image/u],
    [
      'a tensor of another dtype',
      { ...input, dtype: 'float64', data: new Float64Array(2304) },
      {},
      'INPUT_INVALID',
      /Expected a float32 tensor of shape \[batch, 3, 16, 16\].* in the input, got float64 \[3, 3, 16, 16\]/u,
    ],
    [
      'a tensor of another size',
      [input, { ...input, shape: [3, 3, 8, 32] }],
      {},
      'INPUT_INVALID',
      /in item 1 of the batch, got float32 \[3, 3, 8, 32\]/u,
    ],
    [
      'a tensor without batch axis',
      { ...input, shape: [9, 16, 16] },
      {},
      'INPUT_INVALID',
      /got float32 \[9, 16, 16\]/u,
    ],
    [
      'a tensor of no images',
      { ...input, shape: [0, 3, 16, 16], data: new Float32Array(0) },
      {},
      'INPUT_INVALID',
      /at least one image/u,
    ],
    [
      'an image whose size and data differ',
      { width: 2, height: 2, data: new Uint8Array(16) },
      {},
      'INPUT_INVALID',
      /2 x 2 with 16 bytes/u,
    ],
    ['a number', 5, {}, 'INPUT_INVALID', /in the input, got 5/u],
    [
      'a URL on the network',
      new URL('https://example.org/cat.jpg'),
      {},
      'INPUT_INVALID',
      /https: URL/u,
    ],
    ['a missing image', 'no-cat.jpg', {}, 'FILE_NOT_FOUND', /^Expected a file at no-cat\.jpg/u],
    [
      'a missing image in a batch',
      [input, 'no-cat.jpg'],
      {},
      'FILE_NOT_FOUND',
      /^Item 1 of the batch \(of 2, counted from 0\): .*no-cat/u,
    ],
    ['a file that is no image', modelPath('tiny'), {}, 'IMAGE_UNREADABLE', /tiny\.onnx/u],
    [
      'an unknown option',
      input,
      { field: ['pooled'] },
      'OPTION_INVALID',
      /unknown option field; known options are fields, extras, signal/u,
    ],
    ['an unknown field', input, { fields: ['pool'] }, 'OPTION_INVALID', /fields/u],
    ['no fields', input, { fields: [] }, 'OPTION_INVALID', /fields/u],
    ['extras that are a name', input, { extras: 'seen' }, 'OPTION_INVALID', /extras/u],
    ['extras that are switched off', input, { extras: false }, 'OPTION_INVALID', /extras/u],
    [
      'an extra output that the file lacks',
      input,
      { extras: ['pooled'] },
      'TAP_NOT_FOUND',
      /Expected the extra output "pooled" in the tapped file, which has none/u,
    ],
  ])('%s', async (_, given, options, code, message) => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const error = await errorOf(extractor.run(given as ExtractorInput, options));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    // One bad input does not spoil the extractor.
    expect((await extractor.run(input)).pooled?.shape).toEqual([3, 6]);
  });

  it('images when nobody says how they become the input', async () => {
    await using extractor = await createExtractor(modelPath('tiny-no-preprocess'));
    const error = await errorOf(extractor.run(imagePath('photo.png')));
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message).toMatch(/Tap the model again with `--pretrained TAG` or `--arch NAME`/u);
    expect((await extractor.run(input)).pooled?.shape).toEqual([3, 6]);
  });

  it('what onnxruntime fails on, with its reason', async () => {
    await using extractor: Extractor = await createExtractor(modelPath('tiny-single-row'));
    const error = await errorOf(extractor.run(input));
    expect(error.code).toBe('RUNTIME_FAILED');
    expect(error.message).toMatch(/run .*tiny-single-row\.onnx on \[3, 3, 16, 16\].*Reshape/su);
    expect(error.cause).toBeInstanceOf(Error);
    const one = { ...input, shape: [1, 3, 16, 16], data: input.data.subarray(0, 768) };
    expect((await extractor.run(one)).pooled?.shape).toEqual([1, 6]);
  });
});

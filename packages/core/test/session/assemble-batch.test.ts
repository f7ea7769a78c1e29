import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/image/decode-image.js';
import { decodeResized } from '../../src/preprocess/decode-resized.js';
import { normalizeInto } from '../../src/preprocess/normalize-into.js';
import { preprocess as preprocessImage } from '../../src/preprocess/preprocess.js';
import type { ResampleMode } from '../../src/preprocess/resample-mode.js';
import { assembleBatch, createDecodeLimit } from '../../src/session/assemble-batch.js';
import { createBatchBuffers } from '../../src/session/batch-buffers.js';
import type { BatchItem, BatchRequest } from '../../src/session/runner.js';
import type { WorkerSetup } from '../../src/session/worker-messages.js';
import type { PreprocessSpec } from '../../src/spec/preprocess-spec.js';
import { imagePath, modelPath } from '../extract/models.js';

const SETUP: WorkerSetup = {
  model: { kind: 'path', path: 'none', files: [], weightsFolder: null },
  input: { name: 'input', dtype: 'float32', shape: ['batch', 3, 1, 1], layout: 'NCHW' },
  head: null,
  preprocess: {
    inputSize: [3, 1, 1],
    interpolation: 'bilinear',
    cropPct: 1,
    cropMode: 'center',
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  policy: 'as-trained',
  threads: 1,
  graphOptimizationLevel: 'all',
};

const buffers = () => createBatchBuffers('float32');

function tensor(...values: number[]): BatchItem {
  const rows = values.length / 3;
  const data = Float32Array.from(values);
  return { kind: 'tensor', tensor: { dtype: 'float32', shape: [rows, 3, 1, 1], data }, rows };
}

const bad: BatchItem = { kind: 'encoded', source: modelPath('tiny'), rows: 1 };
const missing: BatchItem = { kind: 'encoded', source: 'no-cat.jpg', rows: 1 };

function request(items: readonly BatchItem[], badItems: BatchRequest['badItems']): BatchRequest {
  const rows = items.reduce((sum, item) => sum + item.rows, 0);
  return { items, shape: [rows, 3, 1, 1], outputs: [], badItems, stop: null };
}

describe('a batch of encoded images', () => {
  const preprocess: PreprocessSpec = {
    ...SETUP.preprocess!,
    inputSize: [3, 48, 40],
    cropPct: 0.9,
    mean: [0.5, 0.25, 0.125],
  };
  const source = imagePath('large.jpg');
  const pixels = 3 * 48 * 40;

  async function valuesOf(items: readonly BatchItem[], resample: ResampleMode | undefined) {
    const setup = { ...SETUP, preprocess, ...(resample === undefined ? {} : { resample }) };
    const batch = { ...request(items, 'fail'), shape: [items.length, 3, 48, 40] };
    const { input } = await assembleBatch(batch, setup, createDecodeLimit(setup), buffers());
    return items.map((_, i) => input!.data.slice(i * pixels, (i + 1) * pixels));
  }

  const items: readonly BatchItem[] = [
    { kind: 'encoded', source, rows: 1 },
    { kind: 'encoded', source: readFileSync(source), rows: 1 },
  ];

  it.each([undefined, 'exact'] as const)(
    'is resized exactly with resample %s',
    async (resample) => {
      const expected = preprocessImage(await decodeImage(source), preprocess);
      expect(await valuesOf(items, resample)).toEqual([expected, expected]);
    },
  );

  it('is resized by libvips with resample fast, decoded pixels excepted', async () => {
    const image = await decodeImage(source);
    const exact = preprocessImage(image, preprocess);
    const cropped = await decodeResized(source, preprocess, { policy: 'as-trained' });
    const fast = new Float32Array(pixels);
    normalizeInto(cropped, preprocess, fast);
    expect(fast).not.toEqual(exact);
    const decoded: BatchItem = { kind: 'pixels', image, rows: 1 };
    expect(await valuesOf([...items, decoded], 'fast')).toEqual([fast, fast, exact]);
  });
});

describe('a batch with bad items', () => {
  it('fails when they are not to be skipped', async () => {
    const assembling = assembleBatch(
      request([tensor(1, 2, 3), bad], 'fail'),
      SETUP,
      createDecodeLimit(SETUP),
      buffers(),
    );
    await expect(assembling).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
      message: expect.stringMatching(/^Item 1 of the batch \(of 2/u) as string,
    });
  });

  it.each<[string, readonly BatchItem[], readonly number[], readonly number[]]>([
    ['none', [tensor(1, 2, 3), tensor(4, 5, 6)], [1, 2, 3, 4, 5, 6], []],
    ['the first', [bad, tensor(1, 2, 3), tensor(4, 5, 6)], [1, 2, 3, 4, 5, 6], [0]],
    ['the last', [tensor(1, 2, 3), missing], [1, 2, 3], [1]],
    [
      'several between items of several rows',
      [tensor(1, 2, 3), bad, tensor(4, 5, 6, 7, 8, 9), missing, bad, tensor(10, 11, 12)],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      [1, 3, 4],
    ],
  ])('closes the gap of %s', async (_, items, values, failed) => {
    const { input, failures } = await assembleBatch(
      request(items, 'skip'),
      SETUP,
      createDecodeLimit(SETUP),
      buffers(),
    );
    expect(input!.shape).toEqual([values.length / 3, 3, 1, 1]);
    expect([...input!.data]).toEqual(values);
    expect(failures.map(([index]) => index)).toEqual(failed);
  });

  it('has no input when all are bad', async () => {
    const { input, failures } = await assembleBatch(
      request([missing, bad], 'skip'),
      SETUP,
      createDecodeLimit(SETUP),
      buffers(),
    );
    expect(input).toBeNull();
    expect(failures.map(([, error]) => (error as { code: string }).code)).toEqual([
      'FILE_NOT_FOUND',
      'IMAGE_UNREADABLE',
    ]);
  });

  it('is stopped by the caller all the same', async () => {
    const stop = new Int32Array(new SharedArrayBuffer(4)).fill(1);
    const stopped = assembleBatch(
      { ...request([bad, bad], 'skip'), stop },
      SETUP,
      createDecodeLimit(SETUP),
      buffers(),
    );
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('images that a worker decodes at once', () => {
  it.each([
    [1, 2],
    [3, 3],
    [64, 4],
  ])('with %i threads are %i, over all its batches', async (threads, expected) => {
    const limit = createDecodeLimit({ threads });
    const items: BatchItem[] = Array.from({ length: 6 }, () => ({
      kind: 'encoded',
      source: imagePath('large.jpg'),
      rows: 1,
    }));
    const batches = [1, 2].map(() =>
      assembleBatch(request(items, 'fail'), SETUP, limit, buffers()),
    );
    expect(limit.activeCount + limit.pendingCount).toBe(12);
    await new Promise(setImmediate);
    expect(limit.activeCount).toBe(expected);
    const results = await Promise.all(batches);
    expect(results.map(({ input }) => input?.shape[0])).toEqual([6, 6]);
  });
});

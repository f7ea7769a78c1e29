import { describe, expect, it } from 'vitest';
import { assembleBatch } from '../../src/session/assemble-batch.js';
import type { BatchItem, BatchRequest } from '../../src/session/runner.js';
import type { WorkerSetup } from '../../src/session/worker-messages.js';
import { modelPath } from '../extract/models.js';

const SETUP: WorkerSetup = {
  model: { kind: 'path', path: 'none', weightsFolder: null },
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
  guard: new Int32Array(new SharedArrayBuffer(8)),
};

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

describe('a batch with bad items', () => {
  it('fails when they are not to be skipped', async () => {
    const assembling = assembleBatch(request([tensor(1, 2, 3), bad], 'fail'), SETUP);
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
    const { input, failures } = await assembleBatch(request(items, 'skip'), SETUP);
    expect(input!.shape).toEqual([values.length / 3, 3, 1, 1]);
    expect([...input!.data]).toEqual(values);
    expect(failures.map(([index]) => index)).toEqual(failed);
  });

  it('has no input when all are bad', async () => {
    const { input, failures } = await assembleBatch(request([missing, bad], 'skip'), SETUP);
    expect(input).toBeNull();
    expect(failures.map(([, error]) => (error as { code: string }).code)).toEqual([
      'FILE_NOT_FOUND',
      'IMAGE_UNREADABLE',
    ]);
  });

  it('is stopped by the caller all the same', async () => {
    const stop = new Int32Array(new SharedArrayBuffer(4)).fill(1);
    const stopped = assembleBatch({ ...request([bad, bad], 'skip'), stop }, SETUP);
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

// Streams over stand-in workers, which take random times and die on request.
import { describe, expect, it, vi } from 'vitest';
import { guardRunner, type GuardedRunner } from '../../src/extract/guarded-runner.js';
import { streamRecords } from '../../src/extract/stream-records.js';
import type { StreamOptions } from '../../src/extract/stream-options.js';
import { readManifest } from '../../src/session/read-manifest.js';
import { startThreadPool } from '../../src/session/thread-pool.js';
import type { Manifest } from '../../src/spec/manifest.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { bytesSource } from '../../src/wire/index.js';
import { fixture } from '../tensor/fixture.js';

const ENTRY = new URL('./numbers-worker.ts', import.meta.url);
const tiny = await readManifest(bytesSource(fixture('models/tiny.onnx')), 'tiny');
const manifest = {
  ...tiny,
  input: { ...tiny.input, shape: ['batch', 1] },
  record: {
    ...tiny.record,
    pooled: { output: 'pooled', value: 'p', dtype: 'float32', shape: ['batch', 1], layout: 'NC' },
  },
} as unknown as Manifest;

async function startRunner(workers: number): Promise<GuardedRunner> {
  const setup: Parameters<typeof startThreadPool>[0] = {
    model: { kind: 'path', path: 'none', files: [], weightsFolder: null },
    input: manifest.input,
    head: null,
    preprocess: null,
    policy: 'as-trained',
    threads: 1,
    graphOptimizationLevel: 'all',
  };
  return guardRunner(await startThreadPool(setup, { workers, entry: ENTRY }), workers);
}

function number(value: number): Tensor<'float32'> {
  return { dtype: 'float32', shape: [1, 1], data: Float32Array.of(value) };
}

function numbers(count: number): Tensor<'float32'>[] {
  return Array.from({ length: count }, (_, index) => number(index));
}

/** Index and value of each result; the code where it failed. */
async function collect(
  runner: GuardedRunner,
  items: Iterable<Tensor>,
  options: StreamOptions,
): Promise<(readonly [number, number | string])[]> {
  const results: (readonly [number, number | string])[] = [];
  const model = { runner, manifest, preprocess: null };
  const stream = streamRecords(model, items, { ...options, fields: ['pooled'] });
  for await (const { index, record, error } of stream) {
    results.push([index, error === undefined ? Number(record.pooled!.data[0]) : error.code]);
  }
  return results;
}

describe('a stream over three workers', () => {
  it('keeps the order of its source, whichever worker answers first', async () => {
    const runner = await startRunner(3);
    const results = await collect(runner, numbers(200), { batchSize: 3 });
    await runner.close();
    expect(results).toEqual(Array.from({ length: 200 }, (_, index) => [index, 2 * index]));
  });

  it.each([
    [4, 2],
    [1, 0],
    [8, 5],
  ])('reads ahead by batches of %d, %d beyond the three that run', async (batchSize, prefetch) => {
    const runner = await startRunner(3);
    let read = 0;
    function* source(): Generator<Tensor> {
      for (const item of numbers(120)) {
        read++;
        yield item;
      }
    }
    const model = { runner, manifest, preprocess: null };
    const options = { batchSize, prefetch, fields: ['pooled'] } as const;
    const limit = batchSize * (prefetch + 3);
    let given = 0;
    for await (const { index } of streamRecords(model, source(), options)) {
      expect(index).toBe(given);
      // A consumer that waits: the source is read as far as it may be, and no further.
      if (given === 0) await vi.waitFor(() => expect(read).toBe(limit), { timeout: 10_000 });
      if (given % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(read - given).toBeLessThanOrEqual(limit);
      given++;
    }
    await runner.close();
    expect(given).toBe(120);
  });
});

describe('a worker that dies during a stream', () => {
  it('fails its batch, and another worker goes on', async () => {
    const runner = await startRunner(1);
    const items = numbers(30);
    items[13] = number(-1);
    // One batch at a time: no other is in the hands of the worker.
    const results = await collect(runner, items, { batchSize: 4, prefetch: 0 });
    await runner.close();
    expect(results).toEqual(
      items.map((_, index) => [index, index >= 12 && index < 16 ? 'RUNTIME_FAILED' : 2 * index]),
    );
  });

  it('fails no batch of another worker', async () => {
    const runner = await startRunner(3);
    const items = numbers(200);
    items[101] = number(-1);
    const results = await collect(runner, items, { batchSize: 4 });
    await runner.close();
    const failed = results.filter(([, value]) => value === 'RUNTIME_FAILED');
    expect(failed.map(([index]) => index)).toEqual(expect.arrayContaining([100, 101, 102, 103]));
    // A worker has two batches at hand.
    expect(failed.length).toBeLessThanOrEqual(8);
    for (const [index, value] of results) {
      if (value !== 'RUNTIME_FAILED') expect(value).toBe(2 * index);
    }
  });

  it('again and again does not stop the stream', async () => {
    const runner = await startRunner(2);
    const items = numbers(40).map((item, index) => (index % 10 === 5 ? number(-1) : item));
    const results = await collect(runner, items, { batchSize: 1, prefetch: 0 });
    await runner.close();
    expect(results.map(([index]) => index)).toEqual(items.map((_, index) => index));
    expect(results.filter(([, value]) => value === 'RUNTIME_FAILED').length).toBeGreaterThan(3);
    expect(results.at(-1)).toEqual([39, 78]);
  });
});

import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import type { StreamOptions, StreamProgress } from '../../src/extract/stream-options.js';
import { recordToTensors } from '../../src/record/record-tensors.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { toFloat32 } from '../../src/tensor/to-float32.js';
import { fixture } from '../tensor/fixture.js';
import { errorOf } from './error-of.js';
import { imagePath, maxDifference, modelPath, slowInput, TOLERANCE, truth } from './models.js';

const PHOTOS = ['photo.png', 'rgb.jpg', 'rgba.png'].map(imagePath);
/** A file that is no image. */
const BAD = modelPath('tiny');

/** The three images of the truth, one by one, again and again. */
function rows(count: number): Tensor<'float32'>[] {
  const { dtype, shape, data } = truth('input');
  const size = data.length / 3;
  return Array.from({ length: count }, (_, index) => ({
    dtype,
    shape: [1, ...shape.slice(1)],
    data: data.subarray((index % 3) * size, ((index % 3) + 1) * size),
  }));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const results: T[] = [];
  for await (const item of items) results.push(item);
  return results;
}

/** An endless source that counts what was read, and whether it was closed. */
function endless<T>(item: T) {
  const seen = { read: 0, closed: 0 };
  const source = (function* () {
    try {
      for (;;) {
        seen.read++;
        yield item;
      }
    } finally {
      seen.closed++;
    }
  })();
  return { seen, source };
}

describe('a stream', () => {
  it.each([
    ['tiny', 2],
    ['tiny', 8],
    ['tiny-batch-1', undefined],
    ['tiny-batch-3', undefined],
    ['tiny-batch-3', 2],
    ['tiny-batch-3', 4],
  ])('of %s in batches of %s gives each image its own record', async (model, batchSize) => {
    await using extractor = await createExtractor(modelPath(model), { threads: 1 });
    const options = batchSize === undefined ? {} : { batchSize };
    const results = await all(extractor.stream(rows(7), options));
    expect(results.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const { index, record } of results) {
      for (const [name, tensor] of Object.entries(recordToTensors(record!))) {
        const expected = truth(name);
        const size = expected.data.length / 3;
        const row = expected.data.subarray((index % 3) * size, ((index % 3) + 1) * size);
        expect(tensor.shape).toEqual([1, ...expected.shape.slice(1)]);
        expect(maxDifference(toFloat32(tensor), row), name).toBeLessThan(TOLERANCE);
      }
    }
  });

  it('takes whatever `run` takes, and gives the same values', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    const items = [PHOTOS[0]!, readFileSync(PHOTOS[1]!), rows(1)[0]!];
    const expected = await extractor.run(items, { fields: ['pooled'] });
    const results = await all(extractor.stream(items, { fields: ['pooled'] }));
    for (const [index, result] of results.entries()) {
      expect(result.item).toBe(items[index]);
      expect(Object.keys(result)).toEqual(['index', 'item', 'record']);
      expect(Object.keys(result.record!)).toEqual(['pooled']);
      expect(result.record!.pooled.data).toEqual(expected.pooled.row(index));
      expect(result.record!.pooled.row(0)).toEqual(expected.pooled.row(index));
    }
  });

  it('copies nothing: the records of a batch share its memory', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    const [first, second] = await all(extractor.stream(rows(2)));
    const [left, right] = [first!.record!.pooled!.data, second!.record!.pooled!.data];
    expect(left.buffer).toBe(right.buffer);
    expect(right.byteOffset).toBe(left.byteOffset + left.byteLength);
  });

  it('gives extra outputs by image where they have a batch axis', async () => {
    await using extractor = await createExtractor(modelPath('tiny-extras'), { threads: 1 });
    const whole = await extractor.run(truth('input'), { extras: true });
    const results = await all(extractor.stream(rows(3), { extras: true, fields: ['pooled'] }));
    for (const { index, record } of results) {
      const { extras } = record!;
      expect(extras.get('class')!.shape).toEqual([1]);
      expect(extras.get('class')!.data[0]).toBe(whole.extras.get('class')!.data[index]);
      expect(extras.get('seen')).toEqual(rows(3)[index]);
      expect(extras.get('bias')).toEqual(whole.extras.get('bias'));
    }
  });

  it('of an async source and of an empty one works as well', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    async function* source(): AsyncGenerator<string> {
      for (const photo of PHOTOS) {
        await new Promise(setImmediate);
        yield photo;
      }
    }
    const results = await all(extractor.stream(source()));
    expect(results.map(({ item }) => item)).toEqual(PHOTOS);
    expect(results.every(({ record }) => record !== undefined)).toBe(true);
    expect(await all(extractor.stream([]))).toEqual([]);
  });

  it('puts images of other sizes into batches of their own', async () => {
    await using extractor = await createExtractor(modelPath('slow'), { threads: 1 });
    const wrong = rows(1)[0]!;
    const results = await all(extractor.stream([slowInput(), wrong, slowInput()]));
    expect(results.map(({ error }) => error?.code)).toEqual([
      undefined,
      'INPUT_INVALID',
      undefined,
    ]);
  });

  it('tells how far it has come', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    const progress: StreamProgress[] = [];
    const options = { batchSize: 2, onProgress: (each: StreamProgress) => progress.push(each) };
    await all(extractor.stream([...PHOTOS, BAD, PHOTOS[0]!], options));
    expect(progress).toEqual([
      { done: 2, failed: 0 },
      { done: 4, failed: 1 },
      { done: 5, failed: 1 },
    ]);
  });

  it('runs beside another one and beside runs', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { workers: 2, threads: 1 });
    const [left, right, record] = await Promise.all([
      all(extractor.stream(rows(20), { batchSize: 3 })),
      all(extractor.stream(rows(20), { batchSize: 4 })),
      extractor.run(truth('input')),
    ]);
    expect(left.map((each) => each.record)).toEqual(right.map((each) => each.record));
    expect(left[1]!.record!.pooled!.data).toEqual(record.pooled!.row(1));
  });
});

describe('a bad image', () => {
  it.each(['tiny', 'tiny-batch-3'])('of %s fails alone', async (model) => {
    await using extractor = await createExtractor(modelPath(model), { threads: 1 });
    const good = await extractor.run(PHOTOS, { fields: ['pooled'] });
    const items = [PHOTOS[0]!, BAD, PHOTOS[1]!, 'no-cat.jpg', BAD, PHOTOS[2]!];
    const results = await all(extractor.stream(items, { fields: ['pooled'] }));
    expect(results.map(({ error }) => error?.code)).toEqual([
      undefined,
      'IMAGE_UNREADABLE',
      undefined,
      'FILE_NOT_FOUND',
      'IMAGE_UNREADABLE',
      undefined,
    ]);
    for (const [row, at] of [0, 2, 5].entries()) {
      const { data } = results[at]!.record!.pooled;
      expect(
        maxDifference(toFloat32(results[at]!.record!.pooled), good.pooled.row(row) as Float32Array),
      ).toBeLessThan(TOLERANCE);
      expect(data.length).toBe(6);
    }
    expect(Object.keys(results[1]!)).toEqual(['index', 'item', 'error']);
  });

  it('may be all there is', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    const items = [BAD, 5 as unknown as string, { ...truth('input') }];
    const results = await all(extractor.stream(items));
    expect(results.map(({ error }) => error?.code)).toEqual([
      'IMAGE_UNREADABLE',
      'INPUT_INVALID',
      'INPUT_INVALID',
    ]);
    expect(results[2]!.error!.message).toMatch(/an item of one image, got a tensor of 3/u);
  });

  it("ends a stream with onError 'throw', after the items before it", async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    const { seen, source } = endless(PHOTOS[0]!);
    const items = (function* () {
      yield PHOTOS[1]!;
      yield PHOTOS[2]!;
      yield BAD;
      yield* source;
    })();
    const indexes: number[] = [];
    const error = await errorOf(
      (async () => {
        for await (const { index } of extractor.stream(items, { onError: 'throw' })) {
          indexes.push(index);
        }
      })(),
    );
    expect(error.code).toBe('IMAGE_UNREADABLE');
    expect(error.message).toMatch(/^Item 2 of the stream \(counted from 0\): /u);
    expect(indexes).toEqual([0, 1]);
    expect(seen.closed).toBe(1);
  });
});

describe('a stream that ends early', () => {
  it('stops reading and closes its source at a break', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    const { seen, source } = endless(rows(1)[0]!);
    const { signal } = new AbortController();
    for await (const { index } of extractor.stream(source, { signal, batchSize: 2 })) {
      if (index === 5) break;
    }
    const { read } = seen;
    expect(seen.closed).toBe(1);
    await extractor.run(truth('input'));
    expect(seen.read).toBe(read);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('reads nothing when it is never asked', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    const { seen, source } = endless(rows(1)[0]!);
    const stream = extractor.stream(source);
    await stream.return!();
    expect(seen.read).toBe(0);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('does not run what it has queued', async () => {
    await using extractor = await createExtractor(modelPath('slow'), { threads: 1 });
    const begin = performance.now();
    await extractor.run(slowInput());
    const runTime = performance.now() - begin;
    const { source } = endless(slowInput());
    const stream = extractor.stream(source, { batchSize: 1, prefetch: 20 });
    await stream.next();
    await stream.return!();
    const start = performance.now();
    await extractor.close();
    // Far less than the twenty batches would take.
    expect(performance.now() - start).toBeLessThan(runTime * 8);
  });

  it('rejects at once when its signal fires, and closes its source', async () => {
    await using extractor = await createExtractor(modelPath('slow'), { threads: 1 });
    const { seen, source } = endless(slowInput());
    const controller = new AbortController();
    const { signal } = controller;
    const stream = extractor.stream(source, { signal, batchSize: 1 });
    const next = stream.next();
    await new Promise(setImmediate);
    controller.abort('enough');
    await expect(next).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(seen.closed).toBe(1);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect((await extractor.run(slowInput())).pooled?.shape).toEqual([1, 64]);
  });

  it('rejects when its signal fires between two results of a batch, or before', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const stream = extractor.stream(rows(8), { signal });
    await stream.next();
    controller.abort();
    expect((await errorOf(stream.next())).code).toBe('ABORTED');
    const { seen, source } = endless(rows(1)[0]!);
    expect((await errorOf(extractor.stream(source, { signal }).next())).code).toBe('ABORTED');
    expect(seen.read).toBe(0);
  });

  it('is not held up by a source that owes an item', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    const controller = new AbortController();
    let closed = 0;
    const source: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => {
          closed++;
          return new Promise(() => undefined);
        },
      }),
    };
    const next = extractor.stream(source, { signal: controller.signal }).next();
    await new Promise(setImmediate);
    controller.abort();
    expect((await errorOf(next)).code).toBe('ABORTED');
    expect(closed).toBe(1);
  });

  it('rejects when the extractor is closed', async () => {
    const extractor = await createExtractor(modelPath('slow'), { threads: 1 });
    const { seen, source } = endless(slowInput());
    const stream = extractor.stream(source, { batchSize: 1, prefetch: 10 });
    const next = stream.next();
    await new Promise(setImmediate);
    const closing = extractor.close();
    expect((await errorOf(next)).code).toBe('EXTRACTOR_CLOSED');
    expect(seen.closed).toBe(1);
    await closing;
    expect((await errorOf(extractor.stream([slowInput()]).next())).code).toBe('EXTRACTOR_CLOSED');
  });

  it('passes an error of its source on, after the items before it', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    const failure = new Error('disk');
    function* source(): Generator<string> {
      yield PHOTOS[0]!;
      throw failure;
    }
    const stream = extractor.stream(source());
    expect((await stream.next()).value).toMatchObject({ index: 0, item: PHOTOS[0] });
    await expect(stream.next()).rejects.toBe(failure);
  });

  it('passes an error of the progress callback on', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
    const { seen, source } = endless(rows(1)[0]!);
    const onProgress = (): void => {
      throw new Error('mine');
    };
    await expect(extractor.stream(source, { onProgress }).next()).rejects.toThrow('mine');
    expect(seen.closed).toBe(1);
  });
});

describe('a stream refuses', async () => {
  const extractor = await createExtractor(modelPath('tiny'), { threads: 1 });
  afterAll(() => extractor.close());

  it.each<[string, unknown, object, string, RegExp]>([
    ['an unknown option', [], { batch: 4 }, 'OPTION_INVALID', /unknown option batch; .*batchSize/u],
    ['an empty batch', [], { batchSize: 0 }, 'OPTION_INVALID', /batchSize/u],
    ['half a batch ahead', [], { prefetch: 0.5 }, 'OPTION_INVALID', /prefetch/u],
    ['an unknown way with errors', [], { onError: 'skip' }, 'OPTION_INVALID', /onError/u],
    ['progress that is no function', [], { onProgress: 1 }, 'OPTION_INVALID', /a function/u],
    ['an unknown extra', [], { extras: ['x'] }, 'TAP_NOT_FOUND', /"x"/u],
    ['one path', 'cat.jpg', {}, 'INPUT_INVALID', /a list, an iterable .* got a string/u],
    ['one tensor', truth('input'), {}, 'INPUT_INVALID', /a list, an iterable/u],
  ])('%s, at the call', (_, source, options, code, message) => {
    const call = () => extractor.stream(source as string[], options as StreamOptions);
    expect(call).toThrow(expect.objectContaining({ code }) as Error);
    expect(call).toThrow(message);
  });

  it('a field that the file lacks', async () => {
    const bytes = fixture('models/tiny-headless.onnx');
    await using headless = await createExtractor({ bytes }, { threads: 1 });
    expect(() => headless.stream(PHOTOS, { fields: ['logits'] })).toThrow(/the field logits/u);
  });
});

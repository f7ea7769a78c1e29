import { describe, expect, it } from 'vitest';
import { createBatchReader, type BatchReader } from '../../src/extract/batch-reader.js';
import type { ItemPlan } from '../../src/extract/plan-batch.js';
import { FeaturetapError } from '../../src/spec/errors.js';

/** A name `x4` is an image of 4 columns; `bad` is refused, and `odd` throws something else. */
function plan(item: unknown): ItemPlan {
  const name = String(item);
  if (name === 'bad') throw new FeaturetapError('INPUT_INVALID', 'refused');
  if (name === 'odd') throw new TypeError('not ours');
  const columns = Number(/\d+/u.exec(name)?.[0] ?? 2);
  return { item: { kind: 'encoded', source: name, rows: 1 }, sample: [3, 2, columns] };
}

async function batches(reader: BatchReader<string>): Promise<string[][]> {
  const all: string[][] = [];
  for (let batch = await reader.next(); batch !== null; batch = await reader.next()) {
    all.push(batch.map((entry) => `${entry.index}${entry.item}`));
  }
  return all;
}

/** An iterable that counts what is asked of its iterator. */
function watched(items: readonly string[], next?: () => Promise<IteratorResult<string>>) {
  const calls = { next: 0, return: 0 };
  const iterator: AsyncIterator<string> = {
    next: () => {
      const value = items[calls.next++];
      if (value !== undefined) return Promise.resolve({ done: false, value });
      return next === undefined ? Promise.resolve({ done: true, value: undefined }) : next();
    },
    return: () => {
      calls.return++;
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { calls, source: { [Symbol.asyncIterator]: () => iterator } };
}

describe('a reader of batches', () => {
  it.each([
    ['an empty source', [], []],
    ['full batches and a last short one', ['a', 'b', 'c'], [['0a', '1b'], ['2c']]],
    [
      'a new batch for images of another shape',
      ['a', 'x4', 'x4', 'c'],
      [['0a'], ['1x4', '2x4'], ['3c']],
    ],
    ['items that were refused, in their place', ['bad', 'x4', 'a'], [['0bad', '1x4'], ['2a']]],
  ])('gives %s', async (_, items, expected) => {
    expect(await batches(createBatchReader(items, { batchSize: 2, plan }))).toEqual(expected);
    const { source } = watched(items);
    expect(await batches(createBatchReader(source, { batchSize: 2, plan }))).toEqual(expected);
  });

  it('makes the error of an item one of ours', async () => {
    const reader = createBatchReader(['bad', 'odd'], { batchSize: 2, plan });
    const [bad, odd] = (await reader.next())!;
    expect(bad!.plan).toMatchObject({ code: 'INPUT_INVALID', message: 'refused' });
    expect(odd!.plan).toMatchObject({ code: 'RUNTIME_FAILED', cause: new TypeError('not ours') });
  });

  it('reads no further than the batch', async () => {
    const { calls, source } = watched(['a', 'b', 'c', 'd', 'e']);
    const reader = createBatchReader(source, { batchSize: 2, plan });
    expect(calls.next).toBe(0);
    await reader.next();
    expect(calls.next).toBe(2);
  });

  it('gives an error of the source as it is, after the items before it', async () => {
    const failure = new Error('disk');
    const { calls, source } = watched(['a'], () => Promise.reject(failure));
    const reader = createBatchReader(source, { batchSize: 2, plan });
    expect((await reader.next())!.map(({ item }) => item)).toEqual(['a']);
    await expect(reader.next()).rejects.toBe(failure);
    await reader.close();
    // As in `for await`: an iterator that threw is not closed.
    expect(calls.return).toBe(0);
  });

  it('closes the source once, and not when it has ended', async () => {
    const open = watched(['a', 'b', 'c']);
    const reader = createBatchReader(open.source, { batchSize: 2, plan });
    await reader.next();
    await Promise.all([reader.close(), reader.close()]);
    expect(open.calls.return).toBe(1);
    expect(await reader.next()).toBeNull();
    expect(open.calls.next).toBe(2);
    const over = watched(['a']);
    const whole = createBatchReader(over.source, { batchSize: 2, plan });
    await batches(whole);
    await whole.close();
    expect(over.calls.return).toBe(0);
  });

  it('closes a source that owes an item without waiting for it', async () => {
    const { calls, source } = watched([], () => new Promise(() => undefined));
    const reader = createBatchReader(source, { batchSize: 2, plan });
    void reader.next();
    await new Promise(setImmediate);
    await reader.close();
    expect(calls).toEqual({ next: 1, return: 1 });
  });

  it.each([
    ['a string', 'photo.jpg'],
    ['bytes', new Uint8Array(4)],
    ['null', null],
    ['a number', 7],
    ['one image', { width: 1, height: 1, data: new Uint8Array(3) }],
  ])('refuses %s', (_, source) => {
    const create = () => createBatchReader(source as unknown as string[], { batchSize: 2, plan });
    expect(create).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }) as Error);
    expect(create).toThrow(/Expected a list, an iterable or an async iterable of inputs, got/u);
  });
});

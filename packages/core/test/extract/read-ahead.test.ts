import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readAhead, type ReadAheadPlan } from '../../src/extract/read-ahead.js';

/** Reads 0, 1, 2, … and counts; `start` gives the number back unless told otherwise. */
function counting(count: number, changes: Partial<ReadAheadPlan<number, number>> = {}) {
  const seen = { read: 0, started: [] as number[] };
  const plan: ReadAheadPlan<number, number> = {
    read: () => Promise.resolve(seen.read < count ? seen.read++ : null),
    start: (work) => Promise.resolve(work),
    limit: 3,
    signal: new AbortController().signal,
    ...changes,
  };
  const { start } = plan;
  return {
    seen,
    plan: {
      ...plan,
      start: (work: number) => {
        seen.started.push(work);
        return start(work);
      },
    },
  };
}

describe('readAhead', () => {
  it('keeps the order of reading, whichever work is done first', async () => {
    const delays = Array.from({ length: 40 }, (_, index) => (index * 7) % 13);
    const finished: number[] = [];
    const { plan } = counting(40, {
      async start(work) {
        await sleep(delays[work]);
        finished.push(work);
        return work;
      },
    });
    const results: number[] = [];
    for await (const result of readAhead(plan)) results.push(result);
    const inOrder = Array.from({ length: 40 }, (_, index) => index);
    expect(results).toEqual(inOrder);
    expect(finished).not.toEqual(inOrder);
  });

  it.each([1, 3, 5])('reads no further than %d ahead of a slow consumer', async (limit) => {
    const { seen, plan } = counting(20, { limit });
    let taken = 0;
    let furthest = 0;
    for await (const result of readAhead(plan)) {
      expect(result).toBe(taken);
      await sleep(3);
      // The piece in the consumer's hands counts.
      furthest = Math.max(furthest, seen.read - taken);
      taken++;
    }
    expect(taken).toBe(20);
    expect(furthest).toBe(limit);
  });

  it('reads on while the consumer is busy, up to the limit', async () => {
    const { seen, plan } = counting(20);
    const results = readAhead(plan);
    expect(seen.read).toBe(0);
    await results.next();
    await sleep(30);
    expect(seen.started).toEqual([0, 1, 2]);
    await results.return();
    await sleep(30);
    expect(seen.started).toEqual([0, 1, 2]);
  });

  it('gives errors of work in their place, and then ends', async () => {
    const { plan } = counting(20, {
      start: (work) => (work === 2 ? Promise.reject(new Error('two')) : Promise.resolve(work)),
    });
    const results: number[] = [];
    const reading = (async () => {
      for await (const result of readAhead(plan)) results.push(result);
    })();
    await expect(reading).rejects.toThrow('two');
    expect(results).toEqual([0, 1]);
  });

  it('gives errors of reading after the work before them', async () => {
    let read = 0;
    const { plan } = counting(0, {
      read: () => (read < 2 ? Promise.resolve(read++) : Promise.reject(new Error('source'))),
      start: (work) => sleep(10, work),
    });
    const results: number[] = [];
    const reading = (async () => {
      for await (const result of readAhead(plan)) results.push(result);
    })();
    await expect(reading).rejects.toThrow('source');
    expect(results).toEqual([0, 1]);
  });

  it.each([
    ['the source', { read: () => new Promise<number>(() => undefined) }],
    ['work', { start: () => new Promise<number>(() => undefined) }],
  ])('stops waiting for %s when the signal fires', async (_, changes) => {
    const controller = new AbortController();
    const { plan } = counting(5, { ...changes, signal: controller.signal });
    const results = readAhead(plan);
    const next = results.next();
    setTimeout(() => {
      controller.abort('enough');
    }, 10);
    await expect(next).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  it('does not wait when the signal fired between two results', async () => {
    const controller = new AbortController();
    const { plan } = counting(1, { signal: controller.signal });
    const { read } = plan;
    let reads = 0;
    const stuck = () => (reads++ === 0 ? read() : new Promise<null>(() => undefined));
    const results = readAhead({ ...plan, read: stuck });
    expect(await results.next()).toEqual({ done: false, value: 0 });
    controller.abort();
    await expect(results.next()).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('leaves no unhandled rejection when work fails after the consumer has left', async () => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown): void => {
      unhandled.push(error);
    };
    process.on('unhandledRejection', listener);
    const { plan } = counting(5, {
      start: (work) =>
        work === 0 ? Promise.resolve(0) : sleep(10).then(() => Promise.reject(new Error('late'))),
    });
    const results = readAhead(plan);
    expect(await results.next()).toEqual({ done: false, value: 0 });
    await results.return();
    await sleep(40);
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });
});

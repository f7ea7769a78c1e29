import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import { modelPath, slowInput, truth } from './models.js';

describe('close', () => {
  it('waits for runs under way and refuses later ones', async () => {
    const extractor = await createExtractor(modelPath('slow'), { threads: 1 });
    let finished = 0;
    const runs = [1, 2, 3].map(async () => {
      await extractor.run(slowInput());
      finished++;
    });
    await extractor.close();
    expect(finished).toBe(3);
    await Promise.all(runs);
    await expect(extractor.run(slowInput())).rejects.toMatchObject({ code: 'EXTRACTOR_CLOSED' });
  });

  it('may be called again, and at the end of a block', async () => {
    const extractor = await createExtractor(modelPath('tiny'));
    await Promise.all([extractor.close(), extractor.close()]);
    await extractor[Symbol.asyncDispose]();
    await expect(extractor.run(truth('input'))).rejects.toMatchObject({ code: 'EXTRACTOR_CLOSED' });
  });
});

describe('a signal', () => {
  it('that has fired before the run stops it, and is the cause', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const signal = AbortSignal.abort('not needed');
    await expect(extractor.run(truth('input'), { signal })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: 'not needed',
    });
  });

  it('that fires during a run rejects at once, and the extractor goes on', async () => {
    await using extractor = await createExtractor(modelPath('slow'), { threads: 1 });
    const whole = performance.now();
    await extractor.run(slowInput());
    const runTime = performance.now() - whole;
    const start = performance.now();
    const signal = AbortSignal.timeout(20);
    await expect(extractor.run(slowInput(), { signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(performance.now() - start).toBeLessThan(runTime);
    expect((await extractor.run(slowInput())).pooled?.shape).toEqual([1, 64]);
  });

  it('stops runs that wait in the queue before they begin', async () => {
    await using extractor = await createExtractor(modelPath('slow'), { threads: 1 });
    const whole = performance.now();
    await extractor.run(slowInput());
    const runTime = performance.now() - whole;
    const controller = new AbortController();
    const { signal } = controller;
    const first = extractor.run(slowInput());
    const queued = Array.from({ length: 20 }, () => extractor.run(slowInput(), { signal }));
    controller.abort();
    const start = performance.now();
    const results = await Promise.allSettled(queued);
    expect(results.every((result) => result.status === 'rejected')).toBe(true);
    await first;
    await extractor.close();
    // Far less than the twenty runs would take.
    expect(performance.now() - start).toBeLessThan(runTime * 8);
  });

  it('has one listener for all runs that share it, and none afterwards', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const { signal } = new AbortController();
    const count = (): number => getEventListeners(signal, 'abort').length;
    for (let round = 0; round < 2; round++) {
      const runs = Array.from({ length: 12 }, () => extractor.run(truth('input'), { signal }));
      expect(count()).toBe(1);
      await Promise.all(runs);
      expect(count()).toBe(0);
    }
  });
});

describe('the event loop of the caller', () => {
  it('goes on during a long run', async () => {
    await using extractor = await createExtractor(modelPath('slow'), { threads: 1 });
    await extractor.run(slowInput());
    let ticks = 0;
    let latest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      latest = Math.max(latest, now - last - 5);
      last = now;
      ticks++;
    }, 5);
    const start = performance.now();
    await extractor.run(slowInput());
    const runTime = performance.now() - start;
    clearInterval(timer);
    // The run must be long enough to tell; a blocked loop would tick at most once or twice and be
    // late by the whole run. Half of it leaves room for a busy machine.
    expect(runTime).toBeGreaterThan(100);
    expect(latest).toBeLessThan(runTime / 2);
    expect(ticks).toBeGreaterThan(5);
  });
});

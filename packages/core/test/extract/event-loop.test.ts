import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import { modelPath, slowInput } from './models.js';

const NANOSECONDS = 1e6;

/** How late a timer of 5 ms is while work goes on, in milliseconds: the median and the 99th of 100. */
async function lateness(work: () => Promise<unknown>): Promise<{ half: number; most: number }> {
  const histogram = monitorEventLoopDelay({ resolution: 5 });
  histogram.enable();
  await work();
  histogram.disable();
  return {
    half: histogram.percentile(50) / NANOSECONDS - 5,
    most: histogram.percentile(99) / NANOSECONDS - 5,
  };
}

describe('the event loop of a caller', () => {
  it('stays prompt during a stream', async () => {
    await using extractor = await createExtractor(modelPath('slow'), { threads: 1 });
    const items = Array.from({ length: 12 }, slowInput);
    let longest = 0;
    const during = await lateness(async () => {
      let last = performance.now();
      for await (const { error } of extractor.stream(items, { batchSize: 1 })) {
        expect(error).toBeUndefined();
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }
    });
    // A loop that waits for the runs would be late by one of them each time, so also at the median.
    expect(longest).toBeGreaterThan(100);
    expect(during.half).toBeLessThan(20);
    // On a busy machine the tail is that of the scheduler: half a run leaves room for it.
    expect(during.most).toBeLessThan(longest / 2);
  });
});

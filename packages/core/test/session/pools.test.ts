import { afterEach, describe, expect, it } from 'vitest';
import type { Runner } from '../../src/session/runner.js';
import { startProcessPool } from '../../src/session/process-pool.js';
import { startThreadPool } from '../../src/session/thread-pool.js';
import type { WorkerSetup } from '../../src/session/worker-messages.js';

const SETUP: WorkerSetup = {
  model: { kind: 'path', path: 'none', files: [], weightsFolder: null },
  input: { name: 'input', dtype: 'float32', shape: [1, 3, 2, 2], layout: 'NCHW' },
  head: null,
  preprocess: null,
  policy: 'as-trained',
  threads: 1,
  graphOptimizationLevel: 'all',
};

function entry(name: string): URL {
  return new URL(`./${name}.ts`, import.meta.url);
}

/** Asks for one output; the answer of the stand-in is the number of its thread. */
async function ask(runner: Runner, output: string): Promise<number> {
  const request = {
    items: [],
    shape: [1],
    outputs: [output],
    badItems: 'fail',
    stop: null,
  } as const;
  const { outputs } = await runner.run(request, []);
  return Number(outputs.get(output)!.data[0]);
}

const KINDS = [
  { kind: 'worker thread', start: startThreadPool, ends: ['exit', 'throw'] },
  { kind: 'worker process', start: startProcessPool, ends: ['exit', 'kill'] },
] as const;

describe.each(KINDS)('a pool of workers, each a $kind', ({ kind, start, ends }) => {
  let runner: Runner | null = null;
  afterEach(async () => {
    await runner?.close();
    runner = null;
  });

  it('spreads batches over its workers', async () => {
    runner = await start(SETUP, { workers: 2, entry: entry('dying-worker') });
    const threads = await Promise.all(['a', 'b', 'c', 'd'].map((name) => ask(runner!, name)));
    expect(new Set(threads).size).toBe(2);
  });

  it.each(ends)('replaces a worker that dies by %s', async (wish) => {
    runner = await start(SETUP, { workers: 1, entry: entry('dying-worker') });
    const before = await ask(runner, 'a');
    await expect(ask(runner, wish)).rejects.toMatchObject({
      code: 'RUNTIME_FAILED',
      message: expect.stringMatching(
        new RegExp(`from a ${kind}, but it ended: .*can be run again`, 'u'),
      ) as string,
    });
    const after = await ask(runner, 'a');
    expect(after).not.toBe(before);
  });

  it('fails the batches of the dead worker only', async () => {
    runner = await start(SETUP, { workers: 2, entry: entry('dying-worker') });
    // Posted to the workers in turn, one each.
    const [good, bad] = await Promise.allSettled([ask(runner, 'a'), ask(runner, 'exit')]);
    expect(good.status).toBe('fulfilled');
    expect(bad.status).toBe('rejected');
  });

  it('whose workers cannot start is an error, not a wait', async () => {
    const starting = start(SETUP, { workers: 2, entry: entry('broken-worker') });
    await expect(starting).rejects.toMatchObject({
      code: 'RUNTIME_FAILED',
      message: expect.stringContaining(`from a ${kind}, but it ended: `) as string,
    });
  });

  it('closes after all batches are answered', async () => {
    runner = await start(SETUP, { workers: 1, entry: entry('dying-worker') });
    const answers = ['a', 'b', 'c', 'd'].map((name) => ask(runner!, name));
    await runner.close();
    runner = null;
    expect(await Promise.all(answers)).toHaveLength(4);
  });
});

describe('worker threads', () => {
  it('keeps usage reports of onnxruntime off', async () => {
    const runner = await startThreadPool(SETUP, {
      workers: 1,
      entry: entry('dying-worker'),
    });
    expect(process.env.ORT_DISABLE_TELEMETRY).toBe('1');
    await runner.close();
  });
});

describe('worker processes', () => {
  it('lose the one batch that the dead one had: queued batches run on the others', async () => {
    const runner = await startProcessPool(SETUP, {
      workers: 2,
      entry: entry('dying-worker'),
    });
    const wishes = ['a', 'kill', 'b', 'c', 'd', 'e'];
    const results = await Promise.allSettled(wishes.map((wish) => ask(runner, wish)));
    await runner.close();
    expect(results.map(({ status }) => status)).toEqual(
      wishes.map((wish) => (wish === 'kill' ? 'rejected' : 'fulfilled')),
    );
  });
});

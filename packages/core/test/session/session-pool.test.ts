import { afterEach, describe, expect, it } from 'vitest';
import type { Runner } from '../../src/session/runner.js';
import { startSessionPool } from '../../src/session/session-pool.js';

const SETUP: Parameters<typeof startSessionPool>[0] = {
  model: { kind: 'path', path: 'none', weightsFolder: null },
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

describe('a pool of workers', () => {
  let runner: Runner | null = null;
  afterEach(async () => {
    await runner?.close();
    runner = null;
  });

  it('spreads batches over its workers', async () => {
    runner = await startSessionPool(SETUP, { workers: 2, entry: entry('dying-worker') });
    const threads = await Promise.all(['a', 'b', 'c', 'd'].map((name) => ask(runner!, name)));
    expect(new Set(threads).size).toBe(2);
  });

  it.each(['exit', 'throw'])('replaces a worker that dies by %s', async (wish) => {
    runner = await startSessionPool(SETUP, { workers: 1, entry: entry('dying-worker') });
    const before = await ask(runner, 'a');
    await expect(ask(runner, wish)).rejects.toMatchObject({
      code: 'RUNTIME_FAILED',
      message: expect.stringMatching(
        /from a worker thread, but it ended: .*can be run again/u,
      ) as string,
    });
    const after = await ask(runner, 'a');
    expect(after).not.toBe(before);
  });

  it('fails the batches of the dead worker only', async () => {
    runner = await startSessionPool(SETUP, { workers: 2, entry: entry('dying-worker') });
    // Posted to the workers in turn, one each.
    const [good, bad] = await Promise.allSettled([ask(runner, 'a'), ask(runner, 'exit')]);
    expect(good.status).toBe('fulfilled');
    expect(bad.status).toBe('rejected');
  });

  it('whose workers cannot start is an error, not a wait', async () => {
    const starting = startSessionPool(SETUP, { workers: 2, entry: entry('broken-worker') });
    await expect(starting).rejects.toMatchObject({
      code: 'RUNTIME_FAILED',
      message: expect.stringMatching(/from a worker thread, but it ended: /u) as string,
    });
  });

  it('closes after all batches are answered', async () => {
    runner = await startSessionPool(SETUP, { workers: 1, entry: entry('dying-worker') });
    const answers = ['a', 'b', 'c', 'd'].map((name) => ask(runner!, name));
    await runner.close();
    runner = null;
    expect(await Promise.all(answers)).toHaveLength(4);
  });

  it('keeps usage reports of onnxruntime off', async () => {
    runner = await startSessionPool(SETUP, { workers: 1, entry: entry('dying-worker') });
    expect(process.env.ORT_DISABLE_TELEMETRY).toBe('1');
  });
});

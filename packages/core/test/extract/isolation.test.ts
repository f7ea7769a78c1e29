import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import { errorOf } from './error-of.js';
import { imagePath, modelPath, slowInput, truth } from './models.js';

/** Processes that a process has started and that have not ended. */
async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/u.exec(line))
    .filter((match) => match !== null && Number(match[2]) === pid && !match[3]!.startsWith('ps '))
    .map((match) => Number(match![1]));
}

describe("createExtractor with isolation 'process'", () => {
  it('gives the record that threads give, from images and from tensors', async () => {
    await using threads = await createExtractor(modelPath('tiny'));
    await using processes = await createExtractor(modelPath('tiny'), { isolation: 'process' });
    for (const input of [
      imagePath('photo.png'),
      readFileSync(imagePath('large.jpg')),
      truth('input'),
    ]) {
      expect(await processes.run(input)).toEqual(await threads.run(input));
    }
  });

  it('throws what decoding throws, code and all', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { isolation: 'process' });
    const error = await errorOf(extractor.run(imagePath('truncated.jpg')));
    await using threads = await createExtractor(modelPath('tiny'));
    const same = await errorOf(threads.run(imagePath('truncated.jpg')));
    expect([error.code, error.message]).toEqual([same.code, same.message]);
  });

  it('killed in mid-batch fails that batch alone, and is replaced', async () => {
    const before = await childrenOf(process.pid);
    const options = { isolation: 'process', workers: 2, threads: 1 } as const;
    await using extractor = await createExtractor(modelPath('slow'), options);
    const workers = (await childrenOf(process.pid)).filter((pid) => !before.includes(pid));
    expect(workers).toHaveLength(2);
    const runs = Array.from({ length: 6 }, () => extractor.run(slowInput()));
    const settled = Promise.allSettled(runs);
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.kill(workers[0]!, 'SIGKILL');
    const failed = (await settled).filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(failed[0]!.reason).toMatchObject({ code: 'RUNTIME_FAILED' });
    expect((await extractor.run(slowInput())).pooled?.shape).toEqual([1, 64]);
  });

  it('is not replaced by a worker with another model', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'featuretap-replaced-'));
    const model = join(folder, 'model.onnx');
    copyFileSync(modelPath('tiny'), model);
    const before = await childrenOf(process.pid);
    const options = { isolation: 'process', workers: 1, threads: 1 } as const;
    await using extractor = await createExtractor(model, options);
    const [worker] = (await childrenOf(process.pid)).filter((pid) => !before.includes(pid));
    copyFileSync(modelPath('tiny-single-row'), model);
    expect((await extractor.run(truth('input'))).pooled).toBeDefined();
    process.kill(worker!, 'SIGKILL');
    const failed: string[] = [];
    for (let i = 0; i < 3; i++) failed.push((await errorOf(extractor.run(truth('input')))).message);
    expect(failed.at(-1)).toMatch(
      /model\.onnx as it was when the extractor was created, but it is/u,
    );
    rmSync(folder, { recursive: true });
  });

  it('is not replaced by a worker with other weights', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'featuretap-weights-'));
    for (const name of ['tiny', 'tiny-linked']) {
      copyFileSync(modelPath(name), join(folder, `${name}.onnx`));
    }
    const before = await childrenOf(process.pid);
    const options = { isolation: 'process', workers: 1, threads: 1 } as const;
    await using extractor = await createExtractor(join(folder, 'tiny-linked.onnx'), options);
    const [worker] = (await childrenOf(process.pid)).filter((pid) => !before.includes(pid));
    const { weightFiles = [] } = extractor.manifest;
    const weights = join(folder, weightFiles[0]!.location);
    const changed = readFileSync(weights);
    changed[changed.length - 1]! ^= 1;
    writeFileSync(weights, changed);
    process.kill(worker!, 'SIGKILL');
    const failed: string[] = [];
    for (let i = 0; i < 3; i++) failed.push((await errorOf(extractor.run(truth('input')))).message);
    expect(failed.at(-1)).toContain(`Expected ${weights} as it was`);
    rmSync(folder, { recursive: true });
  });

  it('is replaced by one with the original when the compiled model has left the cache', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'featuretap-cache-'));
    const before = await childrenOf(process.pid);
    const options = { isolation: 'process', workers: 1, threads: 1 } as const;
    await using extractor = await createExtractor(modelPath('tiny'), {
      ...options,
      compiledCache: { folder },
    });
    expect(extractor.compiled?.state).toBe('built');
    const expected = await extractor.run(truth('input'));
    const [worker] = (await childrenOf(process.pid)).filter((pid) => !before.includes(pid));
    rmSync(folder, { recursive: true });
    process.kill(worker!, 'SIGKILL');
    // The batch that meets the death is lost; the next ones are not.
    await extractor.run(truth('input')).catch(() => undefined);
    expect(await extractor.run(truth('input'))).toEqual(expected);
  });

  it('fails what waits when workers die while they start', async () => {
    const before = await childrenOf(process.pid);
    const options = { isolation: 'process', workers: 1, threads: 1 } as const;
    const extractor = await createExtractor(modelPath('slow'), options);
    const state = { isOver: false };
    const runs = Array.from({ length: 4 }, () => extractor.run(slowInput()));
    const settled = Promise.allSettled(runs).finally(() => {
      state.isOver = true;
    });
    // Whatever is started is killed, also while it starts.
    for (let i = 0; i < 300 && !state.isOver; i++) {
      const living = (await childrenOf(process.pid)).filter((pid) => !before.includes(pid));
      for (const pid of living) process.kill(pid, 'SIGKILL');
    }
    const results = await settled;
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    await extractor.close();
  });

  it('killed in a stream fails the items of one batch alone', async () => {
    const before = await childrenOf(process.pid);
    const options = { isolation: 'process', workers: 2, threads: 1 } as const;
    await using extractor = await createExtractor(modelPath('slow'), options);
    const [worker] = (await childrenOf(process.pid)).filter((pid) => !before.includes(pid));
    const items = Array.from({ length: 16 }, slowInput);
    const failed: number[] = [];
    let isKilled = false;
    for await (const { index, error } of extractor.stream(items, { batchSize: 2 })) {
      if (!isKilled) process.kill(worker!, 'SIGKILL');
      isKilled = true;
      if (error !== undefined) failed.push(index);
    }
    expect(failed).toHaveLength(2);
    expect(failed[1]).toBe(failed[0]! + 1);
    expect(failed[0]! % 2).toBe(0);
  });

  it('leaves no process behind when its caller is killed', async () => {
    const create = new URL('../../src/extract/create-extractor.ts', import.meta.url).href;
    const script = `
      import { createExtractor } from ${JSON.stringify(create)};
      await createExtractor(${JSON.stringify(modelPath('tiny'))}, { isolation: 'process' });
      console.log('ready');
      setInterval(() => undefined, 1000);`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const env = { ...process.env, NODE_OPTIONS: '' };
    const caller = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(caller.stdout, 'data');
    const [worker] = await childrenOf(caller.pid!);
    caller.kill('SIGKILL');
    await vi.waitFor(() => {
      expect(() => process.kill(worker!, 0)).toThrow('ESRCH');
    }, 5000);
  });

  it('stops waiting for a run that is aborted', async () => {
    await using extractor = await createExtractor(modelPath('slow'), { isolation: 'process' });
    const signal = AbortSignal.timeout(50);
    expect((await errorOf(extractor.run(slowInput(), { signal }))).code).toBe('ABORTED');
  });

  it('refuses a model of bytes, which it would copy with every batch', async () => {
    const bytes = readFileSync(modelPath('tiny'));
    const error = await errorOf(createExtractor({ bytes }, { isolation: 'process' }));
    expect(error.code).toBe('OPTION_INVALID');
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { modelPath } from './models.js';

const CREATE = new URL('../../src/extract/create-extractor.ts', import.meta.url).href;
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
/** tsx hooks `require` in a worker but not `import`; its own loader does both. */
const LOADER = createRequire(import.meta.url).resolve('tsx/cjs/api');
const CALLER = fileURLToPath(new URL('./calling-thread.ts', import.meta.url));
const LOAD_CALLER = `require(${JSON.stringify(LOADER)}).register(); require(${JSON.stringify(CALLER)})`;
const PHOTO = fileURLToPath(new URL('../../../demo/data/coffee.png', import.meta.url));
const FOLDER = fileURLToPath(new URL('.', import.meta.url));

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script in a process of its own; `tiny` and `slow` are extractors' files, `input` fits. */
async function runScript(body: string): Promise<Ending> {
  const script = `
    import { createExtractor } from ${JSON.stringify(CREATE)};
    const tiny = ${JSON.stringify(modelPath('tiny'))};
    const slow = ${JSON.stringify(modelPath('slow'))};
    const input = (size) => ({ dtype: 'float32', shape: [1, 3, size, size], data: new Float32Array(3 * size * size) });
    ${body}`;
  const env = { ...process.env, NODE_OPTIONS: '' };
  const args = ['--import', TSX, '--input-type=module', '--eval', script];
  const child = spawn(process.execPath, args, { cwd: FOLDER, env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, stdout, stderr };
}

function ended(stdout: string, code = 0): Ending {
  return { code, signal: null, stdout, stderr: '' };
}

describe('a process', () => {
  it('that closes its extractor ends by itself, without a word', async () => {
    const ending = await runScript(`
      const extractor = await createExtractor(tiny, { workers: 2 });
      const { pooled } = await extractor.run(input(16));
      await extractor.close();
      console.log(pooled.shape.join());`);
    expect(ending).toEqual(ended('1,6\n'));
  });

  it('that forgets to close its extractor ends as well', async () => {
    const ending = await runScript(`
      const extractor = await createExtractor(tiny, { workers: 2 });
      const { pooled } = await extractor.run(input(16));
      console.log(pooled.shape.join());`);
    expect(ending).toEqual(ended('1,6\n'));
  });

  it('whose first image comes as bytes gets what they were, though it reuses them and closes', async () => {
    const ending = await runScript(`
      import { readFile } from 'node:fs/promises';
      const bytes = await readFile(${JSON.stringify(PHOTO)});
      const first = await createExtractor(tiny);
      const running = first.run(bytes);
      bytes.fill(0);
      await first.close();
      const { pooled } = await running;
      const second = await createExtractor(tiny);
      const wanted = await second.run(${JSON.stringify(PHOTO)});
      await second.close();
      console.log(pooled.data.join() === wanted.pooled.data.join(), pooled.data.some((x) => x !== 0));`);
    expect(ending).toEqual(ended('true true\n'));
  });

  it('that cannot load its model ends with the error', async () => {
    const ending = await runScript(`
      await createExtractor(tiny.replace('tiny', 'tiny-unloadable')).catch((error) => {
        console.log(error.code);
      });`);
    expect(ending).toEqual(ended('RUNTIME_FAILED\n'));
  });

  it('that exits during a run keeps its exit code', async () => {
    // Without the exit guard onnxruntime's binding aborts the process here: code 134.
    const ending = await runScript(`
      const extractor = await createExtractor(slow, { threads: 1 });
      extractor.run(input(48)).then(() => console.log('never'));
      setTimeout(() => process.exit(7), 100);`);
    expect(ending).toEqual(ended('', 7));
  });

  it('that fails during a run keeps its exit code', async () => {
    const ending = await runScript(`
      const extractor = await createExtractor(slow, { threads: 1 });
      extractor.run(input(48));
      setTimeout(() => { throw new Error('mine'); }, 100);`);
    expect(ending.code).toBe(1);
    expect(ending.stderr).toMatch(/Error: mine/u);
    expect(ending.stderr).not.toMatch(/terminate|Napi/u);
  });

  it('runs several extractors at once', async () => {
    const ending = await runScript(`
      const extractors = await Promise.all([tiny, slow, tiny].map((file) => createExtractor(file)));
      const sizes = [16, 48, 16];
      const records = await Promise.all(extractors.map((extractor, i) => extractor.run(input(sizes[i]))));
      console.log(records.map((record) => record.pooled.shape[1]).join());
      await Promise.all(extractors.map((extractor) => extractor.close()));`);
    expect(ending).toEqual(ended('6,64,6\n'));
  });

  it('that leaves a stream and closes ends by itself', async () => {
    const ending = await runScript(`
      const extractor = await createExtractor(tiny, { workers: 2 });
      const endless = (function* () { for (;;) yield input(16); })();
      for await (const { index, record } of extractor.stream(endless)) {
        if (index === 20) { console.log(record.pooled.shape.join()); break; }
      }
      await extractor.close();`);
    expect(ending).toEqual(ended('1,6\n'));
  });

  it('that forgets a stream it has left ends as well', async () => {
    const ending = await runScript(`
      const extractor = await createExtractor(tiny, { workers: 2 });
      const endless = (function* () { for (;;) yield input(16); })();
      const stream = extractor.stream(endless);
      console.log((await stream.next()).value.record.pooled.shape.join());`);
    expect(ending).toEqual(ended('1,6\n'));
  });

  it('that exits during a stream keeps its exit code', async () => {
    const ending = await runScript(`
      const extractor = await createExtractor(slow, { workers: 2, threads: 1 });
      const endless = (function* () { for (;;) yield input(48); })();
      setTimeout(() => process.exit(7), 300);
      for await (const { error } of extractor.stream(endless, { batchSize: 1 })) {
        if (error) console.log(error);
      }`);
    expect(ending).toEqual(ended('', 7));
  });

  it('runs a stream inside a worker thread of its own', async () => {
    const ending = await runScript(`
      import { Worker } from 'node:worker_threads';
      const worker = new Worker(${JSON.stringify(LOAD_CALLER)}, {
        eval: true,
        execArgv: [],
        workerData: { file: tiny, items: [input(16), input(16)] },
      });
      worker.on('message', (text) => console.log(text));
      worker.on('exit', (code) => console.log('exit', code));`);
    expect(ending).toEqual(ended('1,6 1,6\nexit 0\n'));
  });

  it('survives that a worker thread with a run in a process of its own is terminated', async () => {
    const ending = await runScript(`
      import { Worker } from 'node:worker_threads';
      const worker = new Worker(${JSON.stringify(LOAD_CALLER)}, {
        eval: true,
        execArgv: [],
        workerData: { file: slow, items: [input(48), input(48)], isolation: 'process', isLoud: true },
      });
      worker.on('message', (text) => {
        console.log(text);
        setTimeout(() => worker.terminate(), 50);
      });
      worker.on('exit', (code) => console.log('exit', code));`);
    expect(ending).toEqual(ended('started\nexit 1\n'));
  });

  it('keeps the telemetry setting of its user', async () => {
    const ending = await runScript(`
      process.env.ORT_DISABLE_TELEMETRY = '0';
      const extractor = await createExtractor(tiny);
      await extractor.close();
      console.log(process.env.ORT_DISABLE_TELEMETRY);`);
    expect(ending).toEqual(ended('0\n'));
  });
});

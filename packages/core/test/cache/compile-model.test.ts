import { execFile } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DATA_FILE, ENTRY_FILE, MODEL_FILE } from '../../src/cache/cache-entry.js';
import { compileModel, type CompileResult } from '../../src/cache/compile-model.js';
import { listEntries, trimCache } from '../../src/cache/list-entries.js';

const demo = fileURLToPath(new URL('../../../demo/data/efficientnet_lite0.onnx', import.meta.url));

const root = mkdtempSync(join(tmpdir(), 'featuretap-cache-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
});

function compile(model = demo): Promise<CompileResult> {
  return compileModel({
    model,
    weightFiles: [],
    weightsFolder: null,
    graphOptimizationLevel: 'all',
    folder,
    limitBytes: 2 ** 40,
  });
}

async function built(model = demo): Promise<Extract<CompileResult, { path: string }>> {
  const result = await compile(model);
  if (result.state === 'failed') throw new Error(result.reason);
  return result;
}

async function logits(file: string, level: 'all' | 'disabled'): Promise<Buffer> {
  const session = await InferenceSession.create(file, {
    graphOptimizationLevel: level,
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const data = Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => Math.sin(i));
  const results = await session.run({ input: new Tensor('float32', data, [1, 3, 224, 224]) });
  await session.release();
  const { buffer, byteOffset, byteLength } = results.logits!.data as Float32Array;
  return Buffer.from(buffer, byteOffset, byteLength);
}

describe('compileModel', () => {
  it('makes a model with weights beside it that gives the bits of the plain one', async () => {
    const { path, state, key } = await built();
    expect(state).toBe('built');
    expect(readdirSync(join(folder, key)).sort()).toEqual(
      [ENTRY_FILE, MODEL_FILE, DATA_FILE].sort(),
    );
    // The weights are outside the graph, so that they can be mapped.
    expect(statSync(join(folder, key, DATA_FILE)).size).toBeGreaterThan(15e6);
    expect(statSync(path).size).toBeLessThan(1e6);
    expect((await logits(path, 'disabled')).equals(await logits(demo, 'all'))).toBe(true);
    expect(await compile()).toEqual({ state: 'hit', path, key });
    expect(readdirSync(folder)).toEqual([key]);
  });

  it('makes another entry for a model that was changed, or another level', async () => {
    const model = join(root, `changed-${count}.onnx`);
    copyFileSync(demo, model);
    const first = await built(model);
    utimesSync(model, new Date(), new Date(Date.now() + 5000));
    const second = await built(model);
    expect(second.key).not.toBe(first.key);
    expect(second.state).toBe('built');
  });

  it.each<readonly [string, (entry: string) => void]>([
    ['weights that were overwritten', (entry) => flip(join(entry, DATA_FILE))],
    ['a graph that was overwritten', (entry) => flip(join(entry, MODEL_FILE))],
    ['weights that are longer', (entry) => appendFileSync(join(entry, DATA_FILE), 'x')],
    ['weights that are gone', (entry) => rmSync(join(entry, DATA_FILE))],
    ['a description that is cut off', (entry) => writeFileSync(join(entry, ENTRY_FILE), '{"key":')],
    ['no description', (entry) => rmSync(join(entry, ENTRY_FILE))],
  ])('builds an entry again that has %s', async (_, damage) => {
    const { key, path } = await built();
    damage(join(folder, key));
    const again = await built();
    expect(again).toEqual({ state: 'built', path, key });
    expect((await logits(path, 'disabled')).equals(await logits(demo, 'all'))).toBe(true);
  });

  it('takes an entry whose files were copied, with other times and the same content', async () => {
    const { key } = await built();
    const data = join(folder, key, DATA_FILE);
    utimesSync(data, new Date(), new Date(0));
    expect((await built()).state).toBe('hit');
  });

  it('ends with one right entry when two processes build it at once', async () => {
    const script = `
      const { compileModel } = await import(${JSON.stringify(new URL('../../src/cache/compile-model.ts', import.meta.url).href)});
      const result = await compileModel({ model: ${JSON.stringify(demo)}, weightFiles: [], weightsFolder: null,
        graphOptimizationLevel: 'all', folder: ${JSON.stringify(folder)}, limitBytes: 2 ** 40 });
      console.log(JSON.stringify(result));`;
    const run = (): Promise<CompileResult> =>
      new Promise((resolve, reject) => {
        const args = ['--conditions=@featuretap/source', '--import=tsx', '--input-type=module'];
        execFile(process.execPath, [...args, '-e', script], (error, stdout) => {
          if (error === null) resolve(JSON.parse(stdout) as CompileResult);
          else reject(new Error('the process failed', { cause: error }));
        });
      });
    const results = await Promise.all([run(), run()]);
    expect(results.map(({ state }) => state)).not.toContain('failed');
    expect(readdirSync(folder)).toHaveLength(1);
    const { path, state } = await built();
    expect(state).toBe('hit');
    expect((await logits(path, 'disabled')).equals(await logits(demo, 'all'))).toBe(true);
  });

  it('removes what a build left that died, once it is old', async () => {
    for (const name of ['.building-old', '.building-new']) {
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, name, MODEL_FILE), 'half');
    }
    utimesSync(join(folder, '.building-old'), new Date(0), new Date(0));
    const { key } = await built();
    expect(readdirSync(folder).sort()).toEqual(['.building-new', key].sort());
  });

  it('has onnxruntime send and leave no usage data', async () => {
    const { TMPDIR, ORT_DISABLE_TELEMETRY } = process.env;
    const empty = join(root, `tmp-${count}`);
    mkdirSync(empty);
    try {
      process.env.TMPDIR = empty;
      delete process.env.ORT_DISABLE_TELEMETRY;
      await built();
    } finally {
      process.env.TMPDIR = TMPDIR;
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      process.env.ORT_DISABLE_TELEMETRY = ORT_DISABLE_TELEMETRY;
      if (ORT_DISABLE_TELEMETRY === undefined) delete process.env.ORT_DISABLE_TELEMETRY;
    }
    // With it on, a session's number and a log are left there.
    expect(readdirSync(empty).filter((name) => !name.startsWith('tsx-'))).toEqual([]);
  });

  it("makes a folder that is its user's alone", async () => {
    await built();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('says why there is no entry when it cannot be made', async () => {
    writeFileSync(join(root, 'no-model.onnx'), 'nothing');
    const broken = await compile(join(root, 'no-model.onnx'));
    expect(broken).toMatchObject({ state: 'failed' });
    writeFileSync(folder.concat('-file'), '');
    folder = join(folder.concat('-file'), 'below');
    expect(await compile()).toMatchObject({ state: 'failed' });
  });

  it('says so too where the system refuses a folder as not found', async () => {
    folder = '/proc/featuretap/cache';
    expect(await compile()).toMatchObject({ state: 'failed' });
  });
});

describe('trimCache', () => {
  it('removes the entries that were used longest ago, and damaged ones', async () => {
    const models = ['a', 'b', 'c'].map((name) => join(root, `${name}-${count}.onnx`));
    const keys: string[] = [];
    for (const [i, model] of models.entries()) {
      copyFileSync(demo, model);
      const { key } = await built(model);
      keys.push(key);
      const used = new Date(1_000_000 * (i + 1));
      utimesSync(join(folder, key, ENTRY_FILE), used, used);
    }
    mkdirSync(join(folder, 'f'.repeat(64)));
    const entries = await listEntries(folder);
    expect(entries.map(({ model }) => model)).toEqual([...models].reverse());
    const { bytes } = entries[0]!;
    const freed = await trimCache(folder, 2 * bytes);
    expect(freed).toBe(bytes);
    expect(readdirSync(folder).sort()).toEqual([keys[1]!, keys[2]!].sort());
    mkdirSync(join(folder, '.building-left'));
    await trimCache(folder, bytes);
    expect(readdirSync(folder)).toContain('.building-left');
    await trimCache(folder, 0);
    expect(readdirSync(folder)).toEqual([]);
  });
});

function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = bytes[at]! ^ 0xff;
  writeFileSync(path, bytes);
}

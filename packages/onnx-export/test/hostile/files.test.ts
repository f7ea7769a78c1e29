import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFeaturetapError } from '@featuretap/core/spec';
import { beforeEach, describe, expect, it } from 'vitest';
import { inspectFile } from '../../src/node/inspect-file.js';
import { tapFile } from '../../src/node/tap-file.js';
import { fixturePath, modelBytes } from '../read-fixture.js';
import { MAX_MILLISECONDS } from './outcome.js';

let folder: string;
let input: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'featuretap-hostile-'));
  input = join(folder, 'conv.onnx');
  copyFileSync(fixturePath('models/conv.onnx'), input);
});

/** The error's code; throws what is no typed error, and what takes too long. */
async function codeOf(attempt: Promise<unknown>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), MAX_MILLISECONDS);
  });
  try {
    await Promise.race([attempt, late]);
    return 'ok';
  } catch (error) {
    if (isFeaturetapError(error)) return error.code;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

describe('inputs that are no files of models', () => {
  const paths: [string, () => string][] = [
    ['a FIFO that nobody writes to', () => fifo('pipe')],
    ['a device that never ends', () => '/dev/zero'],
    ['a device that is empty', () => '/dev/null'],
    ['the terminal', () => '/dev/tty'],
    ['a folder', () => folder],
    ['a file of /proc, which says it is empty', () => '/proc/self/maps'],
    ['the memory of the process', () => '/proc/self/mem'],
    ['a link to a device', () => link('/dev/zero')],
    ['a link to itself', () => link('loop.onnx', 'loop.onnx')],
    ['a link to nothing', () => link('nothing.onnx')],
    ['a path through a file', () => join(input, 'model.onnx')],
    ['a path with a NUL', () => `${input}\u0000.onnx`],
    ['a path longer than any', () => join(folder, 'x'.repeat(5000))],
    ['an empty path', () => ''],
  ];

  it.each(paths)('%s', async (_name, path) => {
    const file = path();
    const output = join(folder, 'out.onnx');
    const before = readdirSync(folder).sort();
    for (const attempt of [() => inspectFile(file), () => tapFile(file, output)]) {
      expect(await codeOf(attempt())).toMatch(/^(FILE_NOT_FOUND|FILE_UNREADABLE|MODEL_NOT_ONNX)$/);
    }
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it.each(['http://localhost/model.onnx', 'file://elsewhere/model.onnx', 'data:,x'])(
    'the URL %s',
    async (url) => {
      expect(await codeOf(inspectFile(new URL(url)))).toMatch(/^FILE_/);
    },
  );

  it('names a path with control characters escaped', async () => {
    const message = await inspectFile(join(folder, 'a\u001b[31m\nb.onnx')).catch(String);
    expect(message).toContain('a\\u001b[31m\\u000ab.onnx');
  });
});

describe('outputs that would destroy something', () => {
  const outputs: [string, () => string][] = [
    ['a link to a file elsewhere', () => link(other())],
    ['a link to nothing', () => link(join(folder, 'made.onnx'))],
    ['a link to a device', () => link('/dev/null')],
    ['a link to a folder', () => link(folder)],
    ['a FIFO that nobody reads', () => fifo('out-pipe')],
    ['a device', () => '/dev/null'],
    ['a folder', () => subfolder()],
    ['a file of /proc', () => '/proc/self/comm'],
    ['a path through a file', () => join(other(), 'out.onnx')],
    ['a folder that is missing', () => join(folder, 'missing', 'out.onnx')],
    ['a path with a NUL', () => join(folder, 'out\u0000.onnx')],
    ['a name longer than any', () => join(folder, 'x'.repeat(300))],
    ['an empty path', () => ''],
    ['the folder itself', () => join(folder, '.')],
  ];

  it.each(outputs)('%s', async (_name, path) => {
    const output = path();
    const before = snapshot();
    expect(await codeOf(tapFile(input, output))).toBe('WRITE_REFUSED');
    expect(snapshot()).toEqual(before);
    expect(readFileSync(input).equals(Buffer.from(modelBytes('conv')))).toBe(true);
  });

  it('writes into a folder that is reached through a link', async () => {
    const real = subfolder();
    symlinkSync(real, join(folder, 'way'));
    expect(await codeOf(tapFile(input, join(folder, 'way', 'out.onnx')))).toBe('ok');
    expect(lstatSync(join(real, 'out.onnx')).isFile()).toBe(true);
    expect(readdirSync(real)).toEqual(['out.onnx']);
  });
});

/** Names, kinds and contents of everything in the folder. */
function snapshot(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const stats = lstatSync(path);
      return stats.isFile() ? `${name} ${readFileSync(path, 'hex')}` : `${name} ${stats.mode}`;
    });
}

function fifo(name: string): string {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

function link(target: string, name = 'link.onnx'): string {
  const path = join(folder, name);
  symlinkSync(target, path);
  return path;
}

function other(): string {
  const path = join(folder, 'precious.txt');
  if (!existsSync(path)) writeFileSync(path, 'precious');
  return path;
}

function subfolder(): string {
  const path = join(folder, 'sub');
  mkdirSync(path);
  return path;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { demoModel } from '@featuretap/demo';
import { describe, expect, it } from 'vitest';
import { featuretap, nodeArguments, temporaryFolder } from './run-command.js';

const model = fileURLToPath(demoModel);

describe('errors', () => {
  it.each([
    [['nonsense', '--json'], 'nonsense'],
    [['tap', 'x.onnx', '--json'], '--out'],
    [['run', 'x.onnx', '--json'], 'images'],
    [['run', 'x.onnx', 'a.png', '--colour', '--json'], '--colour'],
    [['run', 'x.onnx', 'a.png', '--top', 'many', '--json'], 'many'],
    [['run', 'x.onnx', '--input', 'a.npy', '--heatmaps', 'maps', '--json'], '--heatmaps'],
    [['run', 'x.onnx', 'a.png', '--fields', 'logits', '--heatmaps', 'd', '--json'], '--fields'],
    [['verify', 'x.onnx', '--against', 'y.onnx', '--reference', 'r', '--json'], '--input'],
    [['tap', model, '-o', 'x.onnx', '--pretrained', 'no.such', '--json'], 'no.such'],
  ])('%j: one JSON object on standard error, exit code 2', async (args, words) => {
    const { code, stdout, stderr } = await featuretap(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    const { error } = JSON.parse(stderr);
    expect(['OPTION_INVALID', 'UNKNOWN_NAME']).toContain(error.code);
    expect(error.message).toContain(words);
  });

  it('show a stack only when FEATURETAP_DEBUG asks for it', async () => {
    const args = ['inspect', 'missing.onnx'];
    expect((await featuretap(...args)).stderr).not.toMatch(/^ {4}at /m);
    process.env.FEATURETAP_DEBUG = '1';
    try {
      expect((await featuretap(...args)).stderr).toMatch(/^ {4}at /m);
    } finally {
      delete process.env.FEATURETAP_DEBUG;
    }
  });

  it('escape what a file or an argument could do to a terminal', async () => {
    const { stderr } = await featuretap('inspect', 'evil\u001b[31m\nname.onnx');
    expect(stderr).toContain('evil\\u001b[31m\\u000aname.onnx');
    expect(stderr).not.toContain('\u001b');
  });
});

describe('standard output', () => {
  const folder = temporaryFolder();

  it('may be closed by a reader that has seen enough', async () => {
    const child = spawn(process.execPath, [...nodeArguments, 'inspect', model]);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.destroy();
    const [code] = await once(child, 'close');
    expect([code, stderr]).toEqual([0, '']);
  });

  it('that cannot be written is an error with a code', async () => {
    const file = join(folder, 'read-only');
    writeFileSync(file, '');
    const readOnly = openSync(file, 'r');
    try {
      const child = spawn(process.execPath, [...nodeArguments, 'inspect', model], {
        stdio: ['ignore', readOnly, 'pipe'],
      });
      let stderr = '';
      child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      const [code] = await once(child, 'close');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^featuretap: WRITE_REFUSED: .+\n$/);
    } finally {
      closeSync(readOnly);
    }
  });
});

/** Bytes of a field that ONNX does not know, at the end of the model: enough to be interrupted. */
const PADDING = 2 ** 30;

/** The demo model with a hole of 1 GiB, which is copied as any unknown field is. */
function hugeModel(folder: string): string {
  const file = join(folder, 'huge.onnx');
  copyFileSync(model, file);
  // Field 1000, length-delimited: tag 8002 and length 2^30 as varints.
  appendFileSync(file, Uint8Array.of(0xc2, 0x3e, 0x80, 0x80, 0x80, 0x80, 0x04));
  truncateSync(file, statSync(file).size + PADDING);
  return file;
}

describe('Ctrl-C', () => {
  const folder = temporaryFolder();

  it('in the middle of writing leaves no file behind and exits with 130', async () => {
    const huge = hugeModel(folder);
    const out = join(folder, 'out.onnx');
    const child = spawn(process.execPath, [...nodeArguments, 'tap', huge, '-o', out]);
    const closed = once(child, 'close');
    while (!readdirSync(folder).some((name) => name.endsWith('.tmp'))) {
      expect(child.exitCode, 'ended before it wrote').toBeNull();
      await delay(5);
    }
    child.kill('SIGINT');
    const [code] = await closed;
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual(['huge.onnx']);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exportHelperPath } from '@featuretap/onnx-export/node';
import { ERROR_CODES } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { featuretap, nodeArguments, temporaryFolder } from './run-command.js';

const folder = temporaryFolder();

/** A program that stands in for Python: it runs `body`, JavaScript, with the arguments in `args`. */
function fakePython(name: string, body: string): string {
  const file = join(folder, name);
  const head = `#!${process.execPath}\nconst args = process.argv.slice(2);\n`;
  writeFileSync(file, `${head}const fs = require('node:fs');\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

const result = {
  file: 'r.onnx',
  architecture: 'resnet18',
  exporter: 'dynamo',
  opset: 18,
  batch: 'static',
  bytes: 46_800_000,
  seconds: 3.1,
  logitsError: 2.5e-7,
  versions: { timm: '1', torch: '2', onnx: '3' },
  unfolded: ['conv_stem'],
};

const succeeding = fakePython(
  'succeeding',
  `fs.writeFileSync(${JSON.stringify(join(folder, 'seen.json'))}, JSON.stringify(args));
   console.error('progress');
   console.log(${JSON.stringify(JSON.stringify(result))});`,
);

function seen(): string[] {
  return JSON.parse(readFileSync(join(folder, 'seen.json'), 'utf8')) as string[];
}

describe('featuretap export', () => {
  it('prints what was written, and no progress where no person reads it', async () => {
    const run = await featuretap('export', 'resnet18', '-o', 'r.onnx', '--python', succeeding);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('Wrote r.onnx (46.8 MB).');
    expect(run.stdout).toContain('static batch; logits within 2.5e-7 of PyTorch.');
    expect(run.stdout).toContain('conv_stem');
    expect(run.stdout).toContain('Next: featuretap tap r.onnx -o r.taps.onnx');
  });

  it('passes every option on to the helper of the installed package', async () => {
    await featuretap(
      ...['export', 'vit_tiny_patch16_224', '--out=-odd name.onnx', '--exporter', 'dynamo'],
      ...['--checkpoint', 'w.pth', '--num-classes', '7', '--img-size', '96', '--opset', '20'],
      ...['--seed', '0', '--randomise', '--python', succeeding],
    );
    expect(seen()).toEqual([
      exportHelperPath(),
      ...['--out=-odd name.onnx', '--exporter=dynamo', '--checkpoint=w.pth', '--num-classes=7'],
      ...['--img-size=96', '--opset=20', '--seed=0', '--randomise', '--json', '--'],
      'vit_tiny_patch16_224',
    ]);
    expect(existsSync(exportHelperPath())).toBe(true);
  });

  it('leaves defaults to the helper', async () => {
    await featuretap('export', 'resnet18', '-o', 'r.onnx', '--pretrained', '--python', succeeding);
    expect(seen().slice(1)).toEqual([
      ...['--out=r.onnx', '--exporter=torchscript', '--pretrained', '--json', '--', 'resnet18'],
    ]);
  });

  it('prints the document of the helper with --json, and nothing else', async () => {
    const args = ['export', 'resnet18', '-o', 'r.onnx', '--json', '--python', succeeding];
    const { code, stdout, stderr } = await featuretap(...args);
    expect([code, JSON.parse(stdout), stderr]).toEqual([0, result, '']);
  });

  it('takes Python from FEATURETAP_PYTHON when no option names it', async () => {
    process.env.FEATURETAP_PYTHON = succeeding;
    try {
      expect((await featuretap('export', 'resnet18', '-o', 'r.onnx')).code).toBe(0);
      const python = join(folder, 'missing');
      const args = ['export', 'resnet18', '-o', 'r.onnx', '--python', python];
      expect((await featuretap(...args)).code).toBe(1);
    } finally {
      delete process.env.FEATURETAP_PYTHON;
    }
  });

  it('prefers .venv of the current folder to the Python on the PATH', async () => {
    const place = join(folder, 'project');
    const program = `#!/bin/sh\nexec ${succeeding} "$@"\n`;
    mkdirSync(join(place, '.venv', 'bin'), { recursive: true });
    writeFileSync(join(place, '.venv', 'bin', 'python'), program, { mode: 0o755 });
    // tsx is found from the checkout, not from a folder in /tmp.
    const tsx = import.meta.resolve('tsx');
    const node = nodeArguments.map((argument) =>
      argument === '--import=tsx' ? `--import=${tsx}` : argument,
    );
    const env = { ...process.env, FEATURETAP_PYTHON: '', PATH: '' };
    const args = [...node, 'export', 'resnet18', '-o', 'r.onnx'];
    const child = spawn(process.execPath, args, { cwd: place, env });
    expect((await once(child, 'close'))[0]).toBe(0);
  });
});

describe('errors of featuretap export', () => {
  const failing = (name: string, error: object, code = 1): string =>
    fakePython(
      name,
      `console.log(${JSON.stringify(JSON.stringify({ error }))}); process.exit(${code});`,
    );

  it.each([
    ['VERIFY_FAILED', 1, 'VERIFY_FAILED', 1],
    ['UNKNOWN_NAME', 1, 'UNKNOWN_NAME', 2],
    ['OPTION_INVALID', 2, 'OPTION_INVALID', 2],
    ['INTERNAL', 1, 'RUNTIME_FAILED', 1],
  ])('%s of the helper, exit code %d, becomes %s, exit code %d', async (from, exit, to, code) => {
    const python = failing(
      `fails-${from}`,
      { code: from, message: 'expected a, got b; do c' },
      exit,
    );
    const args = ['export', 'resnet18', '-o', 'r.onnx', '--python', python];
    const plain = await featuretap(...args);
    expect(plain).toEqual({
      code,
      stdout: '',
      stderr: `featuretap: ${to}: Expected a, got b; do c.\n`,
    });
    const json = await featuretap(...args, '--json');
    expect([json.code, json.stdout]).toEqual([code, '']);
    expect(JSON.parse(json.stderr)).toEqual({
      error: { code: to, message: 'Expected a, got b; do c.' },
    });
  });

  it.each([
    ['says nothing', 'process.exit(3);', 'exit code 3'],
    ['dies with words', 'console.error("one\\ntwo"); process.exit(1);', '"two"'],
    ['ends well without a result', 'console.log("hello");', 'exit code 0'],
    ['is killed', 'process.kill(process.pid, "SIGKILL"); setTimeout(() => 0, 1e5);', 'SIGKILL'],
  ])('a program that %s is no Python with the helper', async (name, body, words) => {
    const python = fakePython(name.replaceAll(' ', '-'), body);
    const args = ['export', 'resnet18', '-o', 'r.onnx', '--python', python];
    const { code, stdout, stderr } = await featuretap(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^featuretap: RUNTIME_FAILED: Expected a result .+--python PATH.+\n$/);
    expect(stderr).toContain(words);
  });

  it.each([
    ['is missing', join(folder, 'no-such-python'), 'FILE_NOT_FOUND', '--python PATH'],
    ['is a folder', folder, 'FILE_UNREADABLE', 'EACCES'],
  ])('Python that %s is an error with a code', async (_name, python, code, words) => {
    const args = ['export', 'resnet18', '-o', 'r.onnx', '--python', python];
    const run = await featuretap(...args);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(new RegExp(`^featuretap: ${code}: .+\\n$`));
    expect(run.stderr).toContain(words);
  });

  it.each([
    [['export']],
    [['export', 'resnet18']],
    [['export', 'resnet18', '-o', 'x', '--exporter', 'other']],
    [['export', 'resnet18', '-o', 'x', '--opset', '0']],
    [['export', 'resnet18', '-o', 'x', '--seed', '-1']],
    [['export', 'resnet18', '-o', 'x', '--pretrained', '--checkpoint', 'w.pth']],
  ])('%j is wrong usage: exit code 2, and no Python runs', async (args) => {
    const run = await featuretap(...args, '--python', join(folder, 'no-such-python'));
    expect(run.code).toBe(2);
  });

  it('--help shows an example', async () => {
    const { code, stdout } = await featuretap('export', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('$ featuretap export');
  });
});

describe('signals during featuretap export', () => {
  /** Writes a file, and removes it on the signals that Python's helper cleans up for. */
  const hanging = fakePython(
    'hanging',
    `const file = args.find((a) => a.startsWith('--out=')).slice(6) + '.tmp';
     for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
       fs.rmSync(file);
       process.exit(130);
     });
     fs.writeFileSync(file, String(process.pid));
     setTimeout(() => 0, 1e6);`,
  );

  const alive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s reaches the helper, which cleans up; exit code %d', async (signal, code) => {
    const out = join(folder, `${signal}.onnx`);
    const args = ['export', 'resnet18', '-o', out, '--python', hanging];
    const child = spawn(process.execPath, [...nodeArguments, ...args]);
    const closed = once(child, 'close');
    while (!existsSync(`${out}.tmp`) || readFileSync(`${out}.tmp`, 'utf8') === '') await delay(5);
    const pid = Number(readFileSync(`${out}.tmp`, 'utf8'));
    expect(alive(pid)).toBe(true);
    child.kill(signal);
    expect((await closed)[0]).toBe(code);
    expect(alive(pid)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith(signal))).toEqual([]);
  });

  it('a second Ctrl-C ends a helper that does not listen', async () => {
    const deaf = fakePython(
      'deaf',
      `process.on('SIGINT', () => fs.writeFileSync(${JSON.stringify(join(folder, 'heard'))}, ''));
       fs.writeFileSync(${JSON.stringify(join(folder, 'deaf-ready'))}, '');
       setTimeout(() => 0, 1e6);`,
    );
    const args = ['export', 'resnet18', '-o', 'r.onnx', '--python', deaf];
    const child = spawn(process.execPath, [...nodeArguments, ...args]);
    const closed = once(child, 'close');
    while (!existsSync(join(folder, 'deaf-ready'))) await delay(5);
    child.kill('SIGINT');
    while (!existsSync(join(folder, 'heard'))) await delay(5);
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    expect((await closed)[0]).toBe(130);
  });
});

describe('the helper', () => {
  it('uses error codes of featuretap only', () => {
    const python = dirname(exportHelperPath());
    const codes = readdirSync(python)
      .filter((name) => name.endsWith('.py'))
      .flatMap((name) => [
        ...readFileSync(join(python, name), 'utf8').matchAll(/ExportError\(\s*"([A-Z_]+)"/g),
      ])
      .map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(10);
    for (const code of codes) expect(ERROR_CODES).toContain(code);
  });
});

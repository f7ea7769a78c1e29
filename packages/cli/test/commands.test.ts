import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@featuretap/core';
import { demoModel, demoPhotos } from '@featuretap/demo';
import { beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../src/version.js';
import { featuretap, temporaryFolder } from './run-command.js';

const model = fileURLToPath(demoModel);
const coffee = fileURLToPath(demoPhotos.coffee);
const imageFixture = (name: string): string =>
  fileURLToPath(new URL(`../../core/test/fixtures/images/${name}`, import.meta.url));

const STAGES = [
  [1, 16, 112, 112],
  [1, 24, 56, 56],
  [1, 40, 28, 28],
  [1, 112, 14, 14],
  [1, 320, 7, 7],
];

const folder = temporaryFolder();
const tapped = join(folder, 'demo', 'efficientnet_lite0.taps.onnx');
let demo: Awaited<ReturnType<typeof featuretap>>;

beforeAll(async () => {
  demo = await featuretap('demo', '--json', '--out', join(folder, 'demo'));
});

describe('featuretap demo', () => {
  it('prints one JSON document with the record, the top labels and the pictures', () => {
    expect(demo.stderr).toBe('');
    expect(demo.code).toBe(0);
    const document = JSON.parse(demo.stdout);
    expect(document.record).toEqual({
      stages: STAGES.map((shape) => ({ shape, layout: 'NCHW', dtype: 'float32' })),
      unpooled: { shape: [1, 1280, 7, 7], layout: 'NCHW', dtype: 'float32' },
      pooled: { shape: [1, 1280], layout: 'NC', dtype: 'float32' },
      logits: { shape: [1, 1000], layout: 'NC', dtype: 'float32' },
    });
    expect(document.top[0].label).toBe('espresso');
    expect(document.top[0].probability).toBeCloseTo(0.93, 2);
    expect(document.top).toHaveLength(5);
    for (const file of document.heatmaps) {
      expect(readFileSync(file).subarray(1, 4).toString()).toBe('PNG');
    }
    expect(document.heatmaps).toHaveLength(5);
  });
});

describe('featuretap inspect', () => {
  it('prints a document a line and goes on after a bad file', async () => {
    const { code, stdout, stderr } = await featuretap('inspect', coffee, model, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stderr).error.code).toBe('MODEL_NOT_ONNX');
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ file: model, opset: 18, nodes: 160, architecture: null });
    expect(document.candidates).toEqual(['efficientnet_lite0', 'tf_efficientnet_lite0']);
    expect(document.record.stages).toHaveLength(5);
    expect(document.record.stages[4]).toMatchObject({
      shape: ['batch', 320, 7, 7],
      layout: 'NCHW',
      reduction: 32,
      evidence: 'catalogue',
    });
  });

  it('shows a table', async () => {
    const { code, stdout } = await featuretap('inspect', model);
    expect(code).toBe(0);
    expect(stdout).toMatch(/unpooled +batch x 1280 x 7 x 7 +NCHW/);
  });
});

describe('files that are not there, or hold something else', () => {
  it.each([
    [['verify', () => tapped, '--against', 'none.onnx'], /FILE_NOT_FOUND: .*none\.onnx/u],
    [['verify', () => tapped, '--against', 'package.json'], /RUNTIME_FAILED: .*is an ONNX model/u],
    [['inspect', 'package.json'], /MODEL_NOT_ONNX: .*package\.json: Expected/u],
    [
      ['demo', '--out', 'package.json'],
      /WRITE_REFUSED: Expected to make the folder package\.json/u,
    ],
  ] as const)('are named: %j', async (args, message) => {
    const words = args.map((word) => (typeof word === 'string' ? word : word()));
    const { code, stderr } = await featuretap(...words);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('values that no pattern matches are said', async () => {
    const { code, stdout } = await featuretap('inspect', model, '--values', 'nothing*');
    expect([code, stdout]).toEqual([0, expect.stringContaining('matches nothing*')]);
  });
});

describe('featuretap tap and verify', () => {
  it('keeps the original logits bit-equal', async () => {
    const { code, stdout } = await featuretap('verify', tapped, '--against', model, '--json');
    expect(code).toBe(0);
    const { ok, results } = JSON.parse(stdout);
    expect(ok).toBe(true);
    expect(results.map(({ detail }: { detail: string }) => detail)).toEqual([
      'bit-equal',
      'bit-equal',
    ]);
  });

  it('fails for a file that is not tapped', async () => {
    const { code, stderr } = await featuretap('verify', model, '--against', model);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^featuretap: MANIFEST_MISSING: /);
  });

  it('records preprocessing of timm weights and suggests near names', async () => {
    const out = join(folder, 'pretrained.onnx');
    const tag = 'efficientnet_lite0.ra_in1k';
    const { code, stdout } = await featuretap(
      'tap',
      model,
      '-o',
      out,
      '--pretrained',
      tag,
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout).manifest).toMatchObject({
      architecture: 'efficientnet_lite0',
      preprocess: { inputSize: [3, 224, 224], cropMode: 'center' },
    });
    const wrong = await featuretap('tap', model, '-o', out, '--pretrained', 'efficientnet_lite');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('efficientnet_lite0');
  });

  it('refuses to write over its input', async () => {
    const { code, stderr } = await featuretap('tap', model, '-o', model);
    expect(code).toBe(1);
    expect(stderr).toContain('WRITE_REFUSED');
  });
});

describe('featuretap run', () => {
  it('saves the record of a batch', async () => {
    const save = join(folder, 'record.safetensors');
    const args = ['run', tapped, coffee, coffee, '--save', save, '--top', '1', '--json'];
    const { code, stdout } = await featuretap(...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).results.map(({ top }: { top: object[] }) => top)).toEqual([
      [expect.objectContaining({ label: 'espresso' })],
      [expect.objectContaining({ label: 'espresso' })],
    ]);
    const { tensors } = readSafetensors(readFileSync(save));
    expect(tensors.get('stages.4')?.shape).toEqual([2, 320, 7, 7]);
    expect(tensors.get('pooled')?.shape).toEqual([2, 1280]);
  });

  it.each([
    ['a missing image', [join(folder, 'nothing.png')], 'FILE_NOT_FOUND'],
    ['a missing labels file', [coffee, '--labels', join(folder, 'no.txt')], 'FILE_NOT_FOUND'],
  ])('gives a typed error for %s', async (_name, args, code) => {
    const result = await featuretap('run', tapped, ...args);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(new RegExp(`^featuretap: ${code}: .+\\n$`));
    expect(result.stdout).toBe('');
  });

  it('gives a typed error for an image of zero bytes and for one that was cut off', async () => {
    const empty = join(folder, 'empty.png');
    writeFileSync(empty, '');
    const cut = join(folder, 'cut.jpg');
    writeFileSync(cut, readFileSync(demoPhotos.rocket).subarray(0, 20_000));
    for (const file of [empty, cut]) {
      const { code, stderr } = await featuretap('run', tapped, file);
      expect([code, stderr.split(':')[1]]).toEqual([1, ' IMAGE_UNREADABLE']);
      expect(stderr).not.toMatch(/\n {4}at /);
    }
  });

  it.each([['cmyk-plain.jpg'], ['gray16.png'], ['animated.gif']])(
    'takes %s as Pillow does',
    async (name) => {
      expect((await featuretap('run', tapped, imageFixture(name))).code).toBe(0);
    },
  );
});

describe('bad models', () => {
  const bytes = readFileSync(model);
  const text = join(folder, 'text.onnx');
  writeFileSync(text, 'This is not a model.\n'.repeat(100));
  const cut = join(folder, 'cut.onnx');
  writeFileSync(cut, bytes.subarray(0, bytes.length / 2));

  it.each([
    ['a text file', text, 'MODEL_NOT_ONNX'],
    ['a model cut in half', cut, 'MODEL_TRUNCATED'],
    ['a missing file', join(folder, 'missing.onnx'), 'FILE_NOT_FOUND'],
    ['a folder', folder, 'FILE_UNREADABLE'],
  ])('%s gives a typed error and no output', async (_name, file, code) => {
    const out = join(folder, 'never.onnx');
    const before = readdirSync(folder);
    const result = await featuretap('tap', file, '-o', out);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(new RegExp(`^featuretap: ${code}: .+\\n$`));
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('usage', () => {
  it.each(['demo', 'inspect', 'tap', 'verify', 'run', 'doctor'])(
    '%s --help shows an example',
    async (command) => {
      const { code, stdout } = await featuretap(command, '--help');
      expect(code).toBe(0);
      expect(stdout).toContain(`$ featuretap ${command}`);
    },
  );

  it.each([
    [['nonsense']],
    [['tap', 'x.onnx']],
    [['run', 'x.onnx']],
    [['tap', 'x.onnx', '-o', 'y.onnx', '--fields', 'colour']],
    [['run', 'x.onnx', 'a.png', '--top', '0']],
  ])('%j is wrong usage: exit code 2', async (args) => {
    expect((await featuretap(...args)).code).toBe(2);
  });

  it('tells its version', async () => {
    const manifest = new URL('../package.json', import.meta.url);
    expect(JSON.parse(readFileSync(manifest, 'utf8')).version).toBe(VERSION);
    expect((await featuretap('--version')).stdout.trim()).toBe(VERSION);
  });
});

describe('featuretap doctor', () => {
  it('says that the native parts load', async () => {
    const { code, stdout } = await featuretap('doctor', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      onnxruntime: { ok: true, version: '1.30.0' },
      sharp: { ok: true },
      telemetry: 'off',
    });
  });
});

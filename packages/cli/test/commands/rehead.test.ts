import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createExtractor, readSafetensors, writeNpy, writeSafetensors } from '@featuretap/core';
import type { Tensor } from '@featuretap/core';
import { demoModel, demoPhotos, demoPreprocess } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { featuretap, temporaryFolder } from '../run-command.js';

const folder = temporaryFolder();
const model = fileURLToPath(demoModel);
const coffee = fileURLToPath(demoPhotos.coffee);
const at = (name: string): string => join(folder, name);
const tapped = at('tapped.onnx');

/** D of EfficientNet-Lite0. */
const WIDTH = 1280;
const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(1 + i));
const weight: Tensor<'float32'> = { dtype: 'float32', shape: [3, WIDTH], data: numbers(3 * WIDTH) };
const bias: Tensor<'float32'> = { dtype: 'float32', shape: [3], data: Float32Array.of(1, 0, -1) };

function save(name: string, tensors: Readonly<Record<string, Tensor>>): string {
  writeFileSync(at(name), writeSafetensors(tensors));
  return at(name);
}

function npy(name: string, tensor: Tensor): string {
  writeFileSync(at(name), writeNpy(tensor));
  return at(name);
}

/** The scores of a photo that the numbers above give. */
function expected(pooled: ArrayLike<number>): number[] {
  return [0, 1, 2].map((k) => {
    let sum = bias.data[k]!;
    for (let d = 0; d < WIDTH; d++) sum += weight.data[k * WIDTH + d]! * pooled[d]!;
    return sum;
  });
}

beforeAll(async () => {
  await tapFile(demoModel, tapped, { preprocess: demoPreprocess });
  writeFileSync(at('labels.txt'), 'cup\ncat\nrocket\n');
});

describe('featuretap rehead', () => {
  it('replaces the classifier, with labels', async () => {
    const head = save('head.safetensors', { weight, bias });
    const out = at('replaced.onnx');
    const { code, stdout, stderr } = await featuretap(
      ...['rehead', tapped, '-o', out, '--head', head, '--labels', at('labels.txt'), '--json'],
    );
    expect([code, stderr]).toEqual([0, '']);
    const { file, bytes, manifest } = JSON.parse(stdout);
    expect([file, bytes]).toEqual([out, readFileSync(out).length]);
    expect(manifest.labels).toEqual(['cup', 'cat', 'rocket']);
    expect(manifest.record.logits.shape).toEqual(['batch', 3]);
    await using extractor = await createExtractor(out);
    const { pooled, logits } = await extractor.run(coffee, { fields: ['pooled', 'logits'] });
    const wanted = expected(pooled.row(0));
    // Sums of 1,280 products up to 6 in float32: a few 1e-5 by the order of the sum.
    wanted.forEach((value, k) => expect(Math.abs(logits.row(0)[k]! - value)).toBeLessThan(1e-4));
    // The 1,000 classes take 5.1 MB of the original.
    expect(bytes).toBeLessThan(readFileSync(tapped).length - 5_000_000);
  });

  it('records how images become the input of a file that was not tapped', async () => {
    const out = at('from-plain.onnx');
    const head = save('plain-head.safetensors', { weight, bias });
    const tag = ['--pretrained', 'tf_efficientnet_lite0.in1k'];
    const { code } = await featuretap('rehead', model, '-o', out, '--head', head, ...tag);
    expect(code).toBe(0);
    const { stdout } = await featuretap('run', out, coffee, '--json');
    expect(JSON.parse(stdout).record.logits.shape).toEqual([1, 3]);
  });

  it.each(['--head', '--labels'])('never writes over what %s names', async (option) => {
    const head = save('kept.safetensors', { weight, bias });
    const labels = at('kept.txt');
    writeFileSync(labels, 'cup\ncat\nrocket\n');
    const out = option === '--head' ? head : labels;
    const before = readFileSync(out);
    const { code, stderr } = await featuretap(
      ...['rehead', model, '-o', out, '--head', head, '--labels', labels],
    );
    expect(code).toBe(1);
    expect(stderr).toContain('WRITE_REFUSED: Expected -o to name another file than the inputs');
    expect(readFileSync(out).equals(before)).toBe(true);
  });

  it.each<[string, () => string[]]>([
    [
      'a state dict of timm',
      () => ['--head', save('s', { 'classifier.weight': weight, 'classifier.bias': bias })],
    ],
    [
      'a 1x1 convolution',
      () => ['--head', save('c', { weight: { ...weight, shape: [3, WIDTH, 1, 1] }, bias })],
    ],
    [
      'float64',
      () => [
        '--head',
        save('d', {
          weight: { ...weight, dtype: 'float64', data: Float64Array.from(weight.data) },
          bias,
        }),
      ],
    ],
    ['.npy files', () => ['--weight', npy('w.npy', weight), '--bias', npy('b.npy', bias)]],
  ])('takes %s', async (_name, options) => {
    const out = at('taken.onnx');
    const { code, stderr } = await featuretap('rehead', tapped, '-o', out, ...options(), '--json');
    expect([code, stderr]).toEqual([0, '']);
    await using extractor = await createExtractor(out);
    const { pooled, logits } = await extractor.run(coffee, { fields: ['pooled', 'logits'] });
    const wanted = expected(pooled.row(0));
    wanted.forEach((value, k) => expect(Math.abs(logits.row(0)[k]! - value)).toBeLessThan(1e-4));
  });

  it('adds a second classifier to an original, and links to its weights', async () => {
    const out = at('beside.onnx');
    const head = save('beside.safetensors', { weight });
    const { code, stdout } = await featuretap(
      ...['rehead', model, '-o', out, '--head', head, '--beside', 'mine'],
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Beside them: mine, batch x 3$/mu);
    const compared = await featuretap('verify', out, '--against', model, '--json');
    expect(JSON.parse(compared.stdout).ok).toBe(true);
    const linked = at('linked.onnx');
    const small = await featuretap(
      ...['rehead', tapped, '-o', linked, '--head', head, '--beside', 'mine', '--weights', 'link'],
      '--json',
    );
    expect(small.code).toBe(0);
    expect(JSON.parse(small.stdout).bytes).toBeLessThan(200_000);
  });

  it('drops the classifier', async () => {
    const out = at('dropped.onnx');
    const { code, stdout } = await featuretap('rehead', tapped, '-o', out, '--drop');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^logits +- +none: the classifier was dropped$/mu);
    const run = await featuretap('run', out, coffee, '--save', at('features.safetensors'));
    expect(run.code).toBe(0);
    const { tensors } = readSafetensors(readFileSync(at('features.safetensors')));
    expect(tensors.get('pooled')?.shape).toEqual([1, WIDTH]);
    expect(tensors.has('logits')).toBe(false);
  });

  it.each<[string, () => string[], number, string]>([
    ['no source of weights', () => [], 2, 'OPTION_INVALID'],
    ['two sources', () => ['--drop', '--head', 'x'], 2, 'OPTION_INVALID'],
    ['a bias alone', () => ['--drop', '--bias', 'x'], 2, 'OPTION_INVALID'],
    ['a second head without weights', () => ['--drop', '--beside', 'x'], 2, 'OPTION_INVALID'],
    [
      'a name that is taken',
      () => ['--beside', 'pooled', '--head', save('n', { weight })],
      2,
      'OPTION_INVALID',
    ],
    ['a missing file', () => ['--head', at('missing.safetensors')], 1, 'FILE_NOT_FOUND'],
    [
      'a file of two layers',
      () => ['--head', save('t', { 'a.weight': weight, 'b.weight': weight })],
      1,
      'INPUT_INVALID',
    ],
    [
      'a bias of another layer',
      () => ['--head', save('o', { 'a.weight': weight, 'b.bias': bias })],
      1,
      'INPUT_INVALID',
    ],
    ['no weights', () => ['--head', save('e', { bias })], 1, 'INPUT_INVALID'],
    [
      'whole numbers',
      () => ['--weight', npy('i.npy', { dtype: 'int32', shape: [3, 2], data: new Int32Array(6) })],
      1,
      'INPUT_INVALID',
    ],
    [
      'another width',
      () => [
        '--weight',
        npy('n.npy', { dtype: 'float32', shape: [3, 2], data: new Float32Array(6) }),
      ],
      1,
      'INPUT_INVALID',
    ],
  ])('refuses %s and writes nothing', async (_name, options, exitCode, errorCode) => {
    const never = at('never.onnx');
    const { code, stdout, stderr } = await featuretap(
      ...['rehead', tapped, '-o', never, ...options(), '--json'],
    );
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(JSON.parse(stderr).error.code).toBe(errorCode);
    expect(existsSync(never)).toBe(false);
  });

  it('shows an example', async () => {
    const { code, stdout } = await featuretap('rehead', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('$ featuretap rehead resnet50.onnx -o pets.onnx');
  });
});

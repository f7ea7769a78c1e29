import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng, readSafetensors, writeNpy } from '@featuretap/core';
import { demoLabels, demoModel, demoPhotos, demoPreprocess } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { noImageModel } from '../no-image-model.js';
import { featuretap, temporaryFolder } from '../run-command.js';

const folder = temporaryFolder();
const model = fileURLToPath(demoModel);
const tapped = join(folder, 'tapped.onnx');
const coffee = fileURLToPath(demoPhotos.coffee);
const chelsea = fileURLToPath(demoPhotos.chelsea);

beforeAll(async () => {
  await tapFile(demoModel, tapped, { preprocess: demoPreprocess });
});

describe('featuretap run', () => {
  it('writes one picture for each stage and image', async () => {
    const maps = join(folder, 'maps');
    const { code, stdout } = await featuretap(
      ...['run', tapped, coffee, chelsea, '--heatmaps', maps, '--json'],
    );
    expect(code).toBe(0);
    const files = JSON.parse(stdout).results.flatMap(
      ({ heatmaps }: { heatmaps: string[] }) => heatmaps,
    );
    expect(files).toHaveLength(10);
    expect(readdirSync(maps).sort()).toEqual(
      ['0-coffee', '1-chelsea'].flatMap((name) =>
        [0, 1, 2, 3, 4].map((stage) => `${name}.stage${stage}.png`),
      ),
    );
    const pictures = files.map((file: string) => readFileSync(file).toString('base64'));
    expect(new Set(pictures).size).toBe(10);
  });

  it('gives a tensor file the record that timm has for it', async () => {
    const golden = new URL('../../../../tools/golden/coffee.safetensors', import.meta.url);
    const { tensors } = readSafetensors(readFileSync(golden));
    const input = join(folder, 'input.npy');
    writeFileSync(input, writeNpy(tensors.get('input')!));
    const { code, stdout } = await featuretap('run', tapped, '--input', input, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).results[0].top[0].index).toBe(967);
  });

  it('prints only the fields that were asked for', async () => {
    const { code, stdout } = await featuretap('run', tapped, coffee, '--fields', 'pooled');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pooled +1 x 1280/m);
    expect(stdout).not.toContain('stages');
    expect(stdout).not.toContain('logits');
  });

  it('escapes labels, which come from a file', async () => {
    const labels = join(folder, 'evil.txt');
    const names = readFileSync(demoLabels, 'utf8').trimEnd().split('\n');
    writeFileSync(labels, names.map((name) => `\u001b[31m${name}`).join('\n'));
    const { code, stdout } = await featuretap('run', tapped, coffee, '--labels', labels);
    expect(code).toBe(0);
    expect(stdout).toContain('\\u001b[31mespresso');
    expect(stdout).not.toContain('\u001b');
  });

  it('refuses labels of another number of classes', async () => {
    const labels = join(folder, 'short.txt');
    writeFileSync(labels, 'cat\ndog\n');
    const { code, stderr } = await featuretap('run', tapped, coffee, '--labels', labels);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^featuretap: LABELS_INVALID: .*1000.*2/);
  });

  it.each([
    ['the model', [coffee], tapped],
    ['an image', [join(folder, 'photo.png')], join(folder, '.', 'photo.png')],
    ['class names', [coffee, '--labels', join(folder, 'names.txt')], join(folder, 'names.txt')],
  ])('never saves over %s', async (_name, images, save) => {
    writeFileSync(join(folder, 'photo.png'), readFileSync(coffee));
    writeFileSync(join(folder, 'names.txt'), readFileSync(demoLabels));
    const before = readFileSync(save);
    const { code, stderr } = await featuretap('run', tapped, ...images, '--save', save);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^featuretap: WRITE_REFUSED: /);
    expect(readFileSync(save).equals(before)).toBe(true);
  });

  it('never saves over the original that a linked file needs', async () => {
    const original = join(folder, 'original.onnx');
    const linked = join(folder, 'linked.onnx');
    copyFileSync(model, original);
    const tapping = await featuretap('tap', original, '-o', linked, '--weights', 'link');
    expect(tapping.code).toBe(0);
    const input = join(folder, 'ones.npy');
    const shape = [2, 3, 224, 224];
    const data = new Float32Array(2 * 3 * 224 * 224).fill(1);
    writeFileSync(input, writeNpy({ dtype: 'float32', shape, data }));
    const args = ['run', linked, '--input', input, '--json'];
    const { code, stderr } = await featuretap(...args, '--save', original);
    expect(code).toBe(1);
    expect(stderr).toContain('WRITE_REFUSED');
    expect(readFileSync(original).equals(readFileSync(model))).toBe(true);
    const save = join(folder, 'record.safetensors');
    const done = await featuretap(...args, '--save', save);
    const { results, saved } = JSON.parse(done.stdout);
    expect(saved).toBe(save);
    expect(results.map(({ row }: { row: number }) => row)).toEqual([0, 1]);
    expect(results[1].top).toEqual(results[0].top);
  });

  it('takes an image of 60,000 x 1, resized as any other', async () => {
    const strip = join(folder, 'strip.png');
    const [width, height] = [60_000, 1];
    const data = new Uint8Array(width * height * 3);
    writeFileSync(strip, await encodePng({ width, height, data }));
    const { code, stdout } = await featuretap('run', tapped, strip, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).record.stages[0].shape).toEqual([1, 16, 112, 112]);
  });
});

describe('featuretap tap', () => {
  const out = join(folder, 'out.onnx');

  it('refuses a model without an image input, names escaped, and writes nothing', async () => {
    const file = join(folder, 'matrix.onnx');
    writeFileSync(file, noImageModel('rows\u001b[31m'));
    const never = join(folder, 'never.onnx');
    const { code, stdout, stderr } = await featuretap('tap', file, '-o', never);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^featuretap: MODEL_NO_IMAGE_INPUT: .*rows\\u001b\[31m \[rows, 64\]/);
    expect(existsSync(never)).toBe(false);
  });

  it('refuses a missing labels file and writes nothing', async () => {
    const never = join(folder, 'never.onnx');
    const { code, stderr } = await featuretap(
      ...['tap', model, '-o', never, '--labels', join(folder, 'no-such.txt')],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^featuretap: FILE_NOT_FOUND: /);
    expect(existsSync(never)).toBe(false);
  });

  it('prints what was added, not what could have been', async () => {
    const { code, stdout } = await featuretap(
      ...['tap', model, '-o', out, '--fields', 'pooled'],
      ...['--output', 'last=/bn2/act/Clip_output_0'],
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^pooled +batch x 1280/m);
    expect(stdout).toMatch(/^stages +- +none: the field was not asked for$/m);
    expect(stdout).toContain('last is /bn2/act/Clip_output_0');
    // Nothing says how images become the input, so running on a photo would fail.
    expect(stdout).toContain(`Next: featuretap run ${out} --input`);
  });

  it('records the preprocessing that --arch implies', async () => {
    const arch = 'efficientnet_lite0';
    const { code, stdout } = await featuretap('tap', model, '-o', out, '--arch', arch, '--json');
    expect(code).toBe(0);
    const { architecture, preprocess } = JSON.parse(stdout).manifest;
    expect(architecture).toBe(arch);
    expect(preprocess.inputSize).toEqual([3, 224, 224]);
  });

  it.each([
    ['another network than the file holds', 'efficientnet_b4', 1, 'ARCHITECTURE_MISMATCH'],
    ['a name that timm does not know', 'efficientnet_lite9', 2, 'UNKNOWN_NAME'],
  ])('refuses --arch: %s', async (_name, arch, exitCode, errorCode) => {
    const refused = join(folder, `refused-${arch}.onnx`);
    const { code, stderr } = await featuretap(
      ...['tap', model, '-o', refused, '--arch', arch, '--json'],
    );
    expect(code).toBe(exitCode);
    expect(JSON.parse(stderr).error.code).toBe(errorCode);
    expect(existsSync(refused)).toBe(false);
  });

  it('keeps the built-in class names and the hash of the whole original', async () => {
    const { code, stdout } = await featuretap(
      ...['tap', model, '-o', out, '--labels', 'imagenet-1k', '--hash', '--json'],
    );
    expect(code).toBe(0);
    const { labels, source } = JSON.parse(stdout).manifest;
    expect(labels).toHaveLength(1000);
    expect(labels[967]).toBe('espresso');
    expect(source.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

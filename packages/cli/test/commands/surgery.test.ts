import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoModel, demoPhotos } from '@featuretap/demo';
import { beforeAll, describe, expect, it } from 'vitest';
import { featuretap, temporaryFolder } from '../run-command.js';

const folder = temporaryFolder();
const model = join(folder, 'model.onnx');
const coffee = fileURLToPath(demoPhotos.coffee);

beforeAll(() => {
  copyFileSync(fileURLToPath(demoModel), model);
});

describe('featuretap tap --weights link', () => {
  const linked = join(folder, 'linked.onnx');

  it('writes a few kilobytes that run like the original, bit for bit', async () => {
    const tap = await featuretap('tap', model, '-o', linked, '--weights', 'link');
    expect(tap.code).toBe(0);
    expect(tap.stdout).toContain('It needs its weights in "model.onnx": keep them together.');
    expect(statSync(linked).size).toBeLessThan(100_000);
    const verify = await featuretap('verify', linked, '--against', model, '--json');
    expect(JSON.parse(verify.stdout)).toMatchObject({ ok: true });
    expect(verify.code).toBe(0);
  });

  it('says which file is gone when the original has moved', async () => {
    renameSync(model, join(folder, 'moved.onnx'));
    const { code, stderr } = await featuretap('run', linked, coffee);
    renameSync(join(folder, 'moved.onnx'), model);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^featuretap: FILE_NOT_FOUND: .*model\.onnx/);
    expect(stderr).toMatch(/linked\.onnx/);
  });

  it('refuses a folder from which the original cannot be named, and writes nothing', async () => {
    mkdirSync(join(folder, 'beside'));
    const out = join(folder, 'beside', 'linked.onnx');
    const { code, stderr } = await featuretap('tap', model, '-o', out, '--weights', 'link');
    expect(code).toBe(1);
    expect(stderr).toContain('WRITE_REFUSED');
    expect(readdirSync(join(folder, 'beside'))).toEqual([]);
  });

  it('refuses another mode as wrong usage', async () => {
    const { code, stderr } = await featuretap('tap', model, '-o', linked, '--weights', 'move');
    expect(code).toBe(2);
    expect(stderr).toContain('copy, link');
  });
});

describe('featuretap split', () => {
  it('writes three views over the weights of the original', async () => {
    const args = ['split', model, '--out-dir', folder, '--weights', 'link', '--json'];
    const { code, stdout } = await featuretap(...args);
    expect(code).toBe(0);
    const { full, backbone, head } = JSON.parse(stdout);
    for (const { file, bytes } of [full, backbone, head]) expect(statSync(file).size).toBe(bytes);
    expect(backbone.manifest.view).toBe('backbone');
    expect(backbone.manifest.record.logits).toMatchObject({ value: null });
    expect(head.manifest.input).toMatchObject({ name: 'pooled', shape: ['batch', 1280] });
  });

  it('makes the folder, and copies the weights that each view needs', async () => {
    const out = join(folder, 'new', 'views');
    const { code, stdout } = await featuretap('split', model, '--out-dir', out);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Wrote .*head\.onnx \(5\.1 MB\), from pooled to logits\.$/m);
    const size = (name: string): number => statSync(join(out, `${name}.onnx`)).size;
    expect(size('head')).toBeLessThan(0.3 * size('full'));
    expect(size('backbone') + size('head')).toBeLessThan(1.01 * size('full'));
  });
});

describe('featuretap prune', () => {
  it('writes the part up to a value', async () => {
    const out = join(folder, 'part.onnx');
    const value = '/blocks/blocks.1/blocks.1.1/Add_output_0';
    const { code, stdout } = await featuretap('prune', model, '--to', value, '-o', out, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ inputs: ['input'], outputs: [value] });
    expect(statSync(out).size).toBeLessThan(0.1 * statSync(model).size);
  });

  it('names what was meant by a value that does not exist', async () => {
    const out = join(folder, 'nothing.onnx');
    const { code, stderr } = await featuretap('prune', model, '--to', 'logit', '-o', out);
    expect(code).toBe(1);
    expect(stderr).toMatch(/TAP_NOT_FOUND.*did you mean logits/);
    expect(existsSync(out)).toBe(false);
  });
});

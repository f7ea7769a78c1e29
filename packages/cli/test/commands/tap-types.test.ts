import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@featuretap/core';
import { manifestSchema, type Manifest } from '@featuretap/core/spec';
import { demoModel, demoPhotos } from '@featuretap/demo';
import { describe, expect, it } from 'vitest';
import { featuretap, temporaryFolder } from '../run-command.js';

const folder = temporaryFolder();
const model = fileURLToPath(demoModel);
const coffee = fileURLToPath(demoPhotos.coffee);
const PRETRAINED = ['--pretrained', 'efficientnet_lite0.ra_in1k'];

async function tapped(name: string, ...options: string[]): Promise<[string, Manifest]> {
  const file = join(folder, name);
  const { code, stdout } = await featuretap('tap', model, '-o', file, ...options, '--json');
  expect(code).toBe(0);
  return [file, manifestSchema.parse(JSON.parse(stdout).manifest)];
}

async function record(file: string) {
  const out = `${file}.safetensors`;
  const { code } = await featuretap('run', file, coffee, '--save', out);
  expect(code).toBe(0);
  return readSafetensors(readFileSync(out)).tensors;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

describe('featuretap tap', () => {
  it('--dtype float16 halves the fields and keeps what they say', async () => {
    const [file, manifest] = await tapped('half.onnx', ...PRETRAINED, '--dtype', 'float16');
    expect(manifest.record.stages.map(({ dtype }) => dtype)).toEqual(Array(5).fill('float16'));
    const tensors = await record(file);
    expect(tensors.get('pooled')).toMatchObject({ dtype: 'float16', shape: [1, 1280] });
    const { stdout } = await featuretap('run', file, coffee, '--json');
    expect(JSON.parse(stdout).results[0].top[0].index).toBe(967);
  });

  it('--reduce avg gives vectors for stages, which no heatmap can be drawn of', async () => {
    const [file, manifest] = await tapped('avg.onnx', ...PRETRAINED, '--reduce', 'avg');
    expect(manifest.record.stages.map(({ shape }) => shape.length)).toEqual(Array(5).fill(2));
    expect((await record(file)).get('stages.4')?.shape).toEqual([1, 320]);
    const maps = join(folder, 'maps');
    const { code, stderr } = await featuretap('run', file, coffee, '--heatmaps', maps);
    expect(code).toBe(2);
    expect(stderr).toContain('without --reduce');
  });

  it('--uint8-input gives the same bits from the same photo', async () => {
    const [plain] = await tapped('plain.onnx', ...PRETRAINED);
    const [file, manifest] = await tapped('bytes.onnx', ...PRETRAINED, '--uint8-input');
    expect(manifest.input).toMatchObject({ dtype: 'uint8', layout: 'NHWC' });
    const [wanted, found] = [await record(plain), await record(file)];
    expect([...found.keys()]).toEqual([...wanted.keys()]);
    for (const [name, { data }] of wanted) {
      expect(bytesOf(found.get(name)!.data).equals(bytesOf(data)), name).toBe(true);
    }
  });

  it('--uint8-input is verified against the original', async () => {
    const [file] = await tapped('verified.onnx', ...PRETRAINED, '--uint8-input');
    const { code, stdout } = await featuretap('verify', file, '--against', model, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, results: [{ ok: true }, { ok: true }] });
  });

  it('--uint8-input needs to know how images become the input', async () => {
    const out = join(folder, 'unknown.onnx');
    const { code, stderr } = await featuretap('tap', model, '-o', out, '--uint8-input');
    expect(code).toBe(2);
    expect(stderr).toContain('--pretrained');
    expect(existsSync(out)).toBe(false);
  });

  it.each([
    ['--dtype', 'int8'],
    ['--reduce', 'median'],
  ])('%s %s is refused', async (...options) => {
    const out = join(folder, 'refused.onnx');
    const { code } = await featuretap('tap', model, '-o', out, ...options);
    expect(code).toBe(2);
    expect(existsSync(out)).toBe(false);
  });
});

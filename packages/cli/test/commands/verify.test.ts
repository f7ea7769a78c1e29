import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors, writeNpy, writeSafetensors, type Tensor } from '@featuretap/core';
import { demoModel } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { featuretap, temporaryFolder, type CommandResult } from '../run-command.js';

const folder = temporaryFolder();
const model = fileURLToPath(demoModel);
const tapped = join(folder, 'tapped.onnx');
const input = join(folder, 'input.npy');
const golden = fileURLToPath(
  new URL('../../../../tools/golden/coffee.safetensors', import.meta.url),
);
const { tensors } = readSafetensors(readFileSync(golden));

beforeAll(async () => {
  await tapFile(demoModel, tapped);
  writeFileSync(input, writeNpy(tensors.get('input')!));
});

function verify(reference: string, ...more: string[]): Promise<CommandResult> {
  const args = ['--against', model, '--reference', reference, '--input', input, ...more];
  return featuretap('verify', tapped, ...args);
}

/** The reference of timm, with one element of one field replaced, or a field left out. */
function changedReference(change: (all: Map<string, Tensor>) => void): string {
  const all = new Map(tensors);
  change(all);
  const file = join(folder, 'changed.safetensors');
  writeFileSync(file, writeSafetensors(Object.fromEntries(all)));
  return file;
}

function withElement(field: string, element: number, value: number) {
  return (all: Map<string, Tensor>): void => {
    const tensor = all.get(field)!;
    const data = Float32Array.from(tensor.data as Float32Array);
    data[element] = value;
    all.set(field, { ...tensor, data });
  };
}

describe('featuretap verify --reference', () => {
  it('agrees with timm, field by field', async () => {
    const { code, stdout } = await verify(golden, '--json');
    expect(code).toBe(0);
    const { ok, results } = JSON.parse(stdout);
    expect(ok).toBe(true);
    const names = results.map(({ name }: { name: string }) => name);
    const stages = [0, 1, 2, 3, 4].map((i) => `stages.${i}`);
    expect(names).toEqual(expect.arrayContaining([...stages, 'unpooled', 'pooled', 'logits']));
    // The golden file also holds the pixels and the input, which are no fields.
    expect(names).not.toContain('pixels');
  });

  it('fails for a tolerance that float32 cannot keep', async () => {
    const { code, stderr } = await verify(golden, '--tolerance', '1e-9');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^featuretap: VERIFY_FAILED: /);
  });

  it.each([
    ['a wrong value', withElement('pooled', 7, 1000), /pooled \(error .+ at \[0, 7\]\)/],
    ['NaN in the first place', withElement('pooled', 0, NaN), /pooled \(.+NaN at \[0, 0\]\)/],
    [
      'a wrong value of a map',
      withElement('stages.4', 50, -1000),
      /stages\.4 \(error .+ at \[0, 1, 0, 1\]\)/,
    ],
    [
      'a field that the reference lacks',
      (all: Map<string, Tensor>): void => void all.delete('unpooled'),
      /unpooled \(.*the reference has no such field\)/,
    ],
  ])('names the field, the error and the place for %s', async (_name, change, expected) => {
    const { code, stdout, stderr } = await verify(changedReference(change));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^featuretap: VERIFY_FAILED: .+\n$/);
    expect(stderr).toMatch(expected);
    expect(stdout).toMatch(/^FAIL +\S+/m);
    expect(stdout).toMatch(/^ok +logits \(optimization disabled\) +bit-equal$/m);
  });

  it('fails for the taps of another model', async () => {
    const bytes = readFileSync(model);
    // In the middle of the weights: some of the original's become zero.
    bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 4096);
    const other = join(folder, 'other.onnx');
    writeFileSync(other, bytes);
    const { code, stderr } = await featuretap('verify', tapped, '--against', other, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stderr).error.message).toContain('bits differ');
  });
});

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reheadFile } from '../../src/node/rehead-file.js';
import { tapFile } from '../../src/node/tap-file.js';
import { fixturePath, modelBytes } from '../read-fixture.js';
import { bits, run } from '../run-model.js';
import { classify, distance, newHead, numbersOf, rehead } from './rehead-bytes.js';

let folder: string;
let input: string;
let output: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'featuretap-rehead-'));
  input = join(folder, 'conv.onnx');
  output = join(folder, 'probe.onnx');
  copyFileSync(fixturePath('models/conv.onnx'), input);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const head = newHead(3, 6);
const replace = { kind: 'replace', ...head } as const;

describe('reheadFile', () => {
  it('writes what reheadModel makes and leaves the input as it was', async () => {
    const { bytes, manifest } = await reheadFile(input, output, replace);
    const expected = await rehead(modelBytes('conv'), replace);
    expect(readFileSync(output).equals(expected.bytes)).toBe(true);
    expect(bytes).toBe(expected.bytes.length);
    expect(manifest).toEqual(expected.manifest);
    expect(readFileSync(input).equals(modelBytes('conv'))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['conv.onnx', 'probe.onnx']);
  });

  it('leaves the weights where they are, in a chain of links', async () => {
    copyFileSync(fixturePath('models/shared-weight.onnx'), input);
    const tapped = join(folder, 'tapped.onnx');
    await tapFile(input, tapped, { weights: 'link' });
    const { manifest } = await reheadFile(tapped, output, replace, { weights: 'link' });
    const copied = join(folder, 'copied.onnx');
    await reheadFile(input, copied, replace);
    const [linked, whole] = [await run(output), await run(copied)];
    expect([...linked.keys()].sort()).toEqual([...whole.keys()].sort());
    for (const [name, tensor] of whole) {
      expect(bits(linked.get(name)!).equals(bits(tensor))).toBe(true);
    }
    const { length } = modelBytes('shared-weight');
    expect(manifest.weightFiles).toEqual([{ location: 'conv.onnx', bytes: length }]);
  });

  it.each(['copy', 'link'] as const)('keeps weights in side files: %s', async (weights) => {
    copyFileSync(fixturePath('models/external.onnx'), input);
    const side = join(folder, 'external.onnx.data');
    copyFileSync(fixturePath('models/external.onnx.data'), side);
    const { manifest } = await reheadFile(input, output, replace, { weights });
    const outputs = await run(output);
    const expected = classify(outputs.get('pooled')!, head);
    expect(distance(numbersOf(outputs.get('logits')!), expected)).toBeLessThan(2e-6);
    expect(manifest.weightFiles).toEqual([
      { location: 'external.onnx.data', bytes: statSync(side).size },
    ]);
  });

  it('records the digest of an original when asked to', async () => {
    const { manifest } = await reheadFile(input, output, { kind: 'drop' }, { hash: true });
    expect(manifest.source.sha256).toMatch(/^[0-9a-f]{64}$/u);
  });

  it('refuses to write over its input, and leaves nothing behind a refusal', async () => {
    await expect(reheadFile(input, input, replace)).rejects.toMatchObject({
      code: 'WRITE_REFUSED',
    });
    const narrow = { kind: 'replace', ...newHead(3, 5) } as const;
    await expect(reheadFile(input, output, narrow)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    expect(readdirSync(folder)).toEqual(['conv.onnx']);
    expect(readFileSync(input).equals(modelBytes('conv'))).toBe(true);
  });
});

import { createHash } from 'node:crypto';
import {
  copyFileSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { inspectFile } from '../../src/node/inspect-file.js';
import { tapFile } from '../../src/node/tap-file.js';
import { fixturePath, modelBytes } from '../read-fixture.js';
import { tapBytes } from '../run-model.js';

let folder: string;
let input: string;
let output: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'featuretap-tap-'));
  input = join(folder, 'conv.onnx');
  output = join(folder, 'tapped.onnx');
  copyFileSync(fixturePath('models/conv.onnx'), input);
});

describe('tapFile', () => {
  it('writes what tapModel makes, from a path and from a URL', async () => {
    const expected = Buffer.from(await tapBytes(modelBytes('conv')));
    for (const from of [input, pathToFileURL(input)]) {
      const { bytes, plan, manifest } = await tapFile(from, output);
      expect(readFileSync(output).equals(expected)).toBe(true);
      expect(bytes).toBe(expected.length);
      expect(plan.record.stages).toHaveLength(manifest.record.stages.length);
    }
    expect(readFileSync(input).equals(Buffer.from(modelBytes('conv')))).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['conv.onnx', 'tapped.onnx']);
  });

  it('records the digest of the original when asked to', async () => {
    const { manifest } = await tapFile(input, output, { hash: true });
    const sha256 = createHash('sha256').update(readFileSync(input)).digest('hex');
    expect(manifest.source).toMatchObject({ sha256, bytes: readFileSync(input).length });
  });

  it('refuses to write over its input, however the path is spelled', async () => {
    const other = join(folder, 'elsewhere');
    symlinkSync(folder, other);
    symlinkSync(input, join(folder, 'link.onnx'));
    const spellings = [
      input,
      join(folder, '.', 'elsewhere', '..', 'conv.onnx'),
      `${folder}//conv.onnx`,
      join(other, 'conv.onnx'),
      join(folder, 'link.onnx'),
      relative(process.cwd(), input),
    ];
    for (const spelling of spellings) {
      await expect(tapFile(input, spelling)).rejects.toMatchObject({ code: 'WRITE_REFUSED' });
    }
    expect(readFileSync(input).equals(Buffer.from(modelBytes('conv')))).toBe(true);
  });

  it('replaces a hard link to its input and leaves the input as it was', async () => {
    linkSync(input, output);
    await tapFile(input, output);
    expect(readFileSync(input).equals(Buffer.from(modelBytes('conv')))).toBe(true);
    expect(readFileSync(output).length).toBeGreaterThan(readFileSync(input).length);
  });

  it.each(['bad-cyclic', 'bad-made-twice', 'bad-two-graphs', 'no-image'])(
    'leaves no file behind %s',
    async (name) => {
      copyFileSync(fixturePath(`models/${name}.onnx`), input);
      await expect(tapFile(input, output)).rejects.toMatchObject({ name: 'FeaturetapError' });
      expect(readdirSync(folder)).toEqual(['conv.onnx']);
    },
  );

  it('leaves no file behind a field that cannot be had, and keeps an old output', async () => {
    writeFileSync(output, 'old');
    const request = tapFile(input, output, { stages: [99] });
    await expect(request).rejects.toMatchObject({ code: 'TAP_NOT_FOUND' });
    expect(readFileSync(output, 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['conv.onnx', 'tapped.onnx']);
  });

  it('says which file is missing', async () => {
    const missing = tapFile(join(folder, 'nothing.onnx'), output);
    await expect(missing).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(missing).rejects.toThrow(/nothing\.onnx/);
  });
});

describe('inspectFile', () => {
  it('summarizes a file and plans without changing it', async () => {
    const { summary, plan } = await inspectFile(input, { architecture: 'small' });
    expect(summary).toEqual({ producer: 'test', opset: 18, nodes: 10, weightBytes: 2012 });
    expect(plan.architecture).toBe('small');
    expect(readdirSync(folder)).toEqual(['conv.onnx']);
  });

  it('counts weights that are in a side file', async () => {
    const { summary } = await inspectFile(fixturePath('models/external.onnx'));
    expect(summary.weightBytes).toBe(2012);
  });
});

import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tapFile } from '../../src/node/tap-file.js';
import { buildModel, WIDE_CNN } from '../build-model.js';
import { fixturePath } from '../read-fixture.js';
import { readWire } from '../read-wire.js';
import { bits, run } from '../run-model.js';

let folder: string;
let input: string;
let output: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'featuretap-weights-')));
  input = join(folder, 'model.onnx');
  output = join(folder, 'tapped.onnx');
});

function useModel(name: string): void {
  if (name === 'wide') writeFileSync(input, buildModel(WIDE_CNN));
  else copyFileSync(fixturePath(`models/${name}.onnx`), input);
  if (name === 'external') {
    copyFileSync(fixturePath('models/external.onnx.data'), join(folder, 'external.onnx.data'));
  }
}

async function expectSameOutputs(original: string, tapped: string): Promise<void> {
  const [first, second] = [await run(original), await run(tapped)];
  expect(second.size).toBeGreaterThan(first.size);
  for (const [name, tensor] of first) {
    expect(bits(second.get(name)!).equals(bits(tensor)), name).toBe(true);
  }
}

/** Fields of a tensor of the graph, found by an independent decoder. */
function tensorFields(file: string, name: string): { field: number; text: string }[] {
  const graph = readWire(readFileSync(file)).find(({ field }) => field === 7)!;
  const tensors = readWire(graph.bytes).filter(({ field }) => field === 5);
  const found = tensors
    .map(({ bytes }) => readWire(bytes))
    .find((fields) =>
      fields.some(({ field, bytes }) => field === 8 && Buffer.from(bytes).toString() === name),
    );
  return found!.map(({ field, bytes }) => ({
    field,
    text:
      field === 13
        ? readWire(bytes)
            .map((part) => Buffer.from(part.bytes).toString())
            .join('=')
        : '',
  }));
}

describe('--weights link', () => {
  it.each(['wide', 'conv-ir3', 'nested-if', 'shared-weight', 'float16', 'external'])(
    'runs %s over the weights of the original, bit for bit as a copy does',
    async (name) => {
      useModel(name);
      const { manifest, bytes } = await tapFile(input, output, { weights: 'link' });
      expect(bytes).toBe(statSync(output).size);
      // onnxruntime computes float16 in float32 and rounds where a value becomes an output.
      if (name !== 'float16') await expectSameOutputs(input, output);
      const copied = join(folder, 'copied.onnx');
      await tapFile(input, copied);
      const [a, b] = [await run(copied), await run(output)];
      for (const [key, tensor] of a) expect(bits(b.get(key)!).equals(bits(tensor)), key).toBe(true);
      for (const file of manifest.weightFiles ?? []) {
        expect(statSync(join(folder, file.location)).size).toBe(file.bytes);
      }
    },
  );

  it('refers to payloads of 1 kB and more by their place in the original', async () => {
    useModel('wide');
    const { manifest, bytes } = await tapFile(input, output, { weights: 'link' });
    const size = statSync(input).size;
    expect(bytes).toBeLessThan(6000);
    expect(manifest.weightFiles).toEqual([{ location: 'model.onnx', bytes: size }]);
    const fields = tensorFields(output, 'fc');
    expect(fields.map(({ field }) => field)).not.toContain(9);
    const entries = new Map(
      fields.flatMap(({ text }) => (text === '' ? [] : [text.split('=')])) as [string, string][],
    );
    const offset = Number(entries.get('offset'));
    const length = Number(entries.get('length'));
    expect(length).toBe(4 * 1000 * 16);
    const original = readFileSync(input);
    const expected = Buffer.from(
      Float32Array.from({ length: 16_000 }, (_, i) => Math.sin(i * 12.9898 + 2) / 2).buffer,
    );
    expect(original.subarray(offset, offset + length).equals(expected)).toBe(true);
  });

  it('names the original from a folder above, and refuses one beside or below', async () => {
    mkdirSync(join(folder, 'a'));
    mkdirSync(join(folder, 'b'));
    input = join(folder, 'a', 'model.onnx');
    useModel('wide');
    const { manifest } = await tapFile(input, output, { weights: 'link' });
    expect(manifest.weightFiles).toMatchObject([{ location: 'a/model.onnx' }]);
    await expectSameOutputs(input, output);
    const beside = tapFile(input, join(folder, 'b', 'tapped.onnx'), { weights: 'link' });
    await expect(beside).rejects.toMatchObject({ code: 'WRITE_REFUSED' });
    await expect(beside).rejects.toThrow(/--weights copy/);
    expect(readdirSync(join(folder, 'b'))).toEqual([]);
  });

  it('links to the blobs of a hub cache, whose files are symbolic links', async () => {
    mkdirSync(join(folder, 'blobs'));
    mkdirSync(join(folder, 'snapshots'));
    const blob = (name: string): string => join(folder, 'blobs', name);
    copyFileSync(fixturePath('models/external.onnx'), blob('aa'));
    copyFileSync(fixturePath('models/external.onnx.data'), blob('bb'));
    writeFileSync(blob('cc'), buildModel(WIDE_CNN));
    const snapshot = (name: string): string => join(folder, 'snapshots', name);
    symlinkSync('../blobs/aa', snapshot('model.onnx'));
    symlinkSync('../blobs/bb', snapshot('external.onnx.data'));
    symlinkSync('../blobs/cc', snapshot('inline.onnx'));
    const external = await tapFile(snapshot('model.onnx'), output, { weights: 'link' });
    expect(external.manifest.weightFiles).toMatchObject([{ location: 'blobs/bb' }]);
    await expectSameOutputs(snapshot('model.onnx'), output);
    const inline = await tapFile(snapshot('inline.onnx'), output, { weights: 'link' });
    expect(inline.manifest.weightFiles).toMatchObject([{ location: 'blobs/cc' }]);
    await expectSameOutputs(snapshot('inline.onnx'), output);
    // Within the snapshot there is no way to name the blobs: not by a link, but by a copy.
    const inside = tapFile(snapshot('model.onnx'), snapshot('t.onnx'), { weights: 'link' });
    await expect(inside).rejects.toMatchObject({ code: 'WRITE_REFUSED' });
    const copied = await tapFile(snapshot('model.onnx'), snapshot('t.onnx'));
    expect(copied.manifest.weightFiles).toMatchObject([{ location: 't.onnx.data' }]);
    await expectSameOutputs(snapshot('model.onnx'), snapshot('t.onnx'));
  });

  it('refuses to link to a file of several names, which onnx would not load', async () => {
    useModel('wide');
    linkSync(input, join(folder, 'other-name.onnx'));
    const linked = tapFile(input, output, { weights: 'link' });
    await expect(linked).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(readdirSync(folder).sort()).toEqual(['model.onnx', 'other-name.onnx']);
  });
});

describe('--weights copy', () => {
  it('takes the side files along into another folder, under the name of the output', async () => {
    useModel('external');
    const away = join(folder, 'away');
    mkdirSync(away);
    const { manifest } = await tapFile(input, join(away, 'tapped.onnx'));
    expect(manifest.weightFiles).toEqual([{ location: 'tapped.onnx.data', bytes: 2012 }]);
    await expectSameOutputs(input, join(away, 'tapped.onnx'));
    // Again over itself: the new side file has another name, and the old one is gone behind it.
    const again = await tapFile(input, join(away, 'tapped.onnx'));
    expect(again.manifest.weightFiles).toMatchObject([{ location: 'tapped.onnx.1.data' }]);
    expect(readdirSync(away).sort()).toEqual(['tapped.onnx', 'tapped.onnx.1.data']);
    await expectSameOutputs(input, join(away, 'tapped.onnx'));
  });

  it('leaves the side files where they are in their own folder', async () => {
    useModel('external');
    const { manifest } = await tapFile(input, output);
    expect(manifest.weightFiles).toMatchObject([{ location: 'external.onnx.data' }]);
    expect(readdirSync(folder).sort()).toEqual(['external.onnx.data', 'model.onnx', 'tapped.onnx']);
    await expectSameOutputs(input, output);
  });

  it('copies a large file with the system and with the mode of a new file', async () => {
    const wide = { ...WIDE_CNN, weights: { ...WIDE_CNN.weights, fc: [70_000, 16] } };
    writeFileSync(
      input,
      buildModel({ ...wide, output: { name: 'probabilities', shape: ['batch', 70_000] } }),
      {
        mode: 0o400,
      },
    );
    await tapFile(input, output);
    // The original's mode is that of nobody else's file; a new file has the umask's.
    const plain = join(folder, 'plain');
    writeFileSync(plain, '');
    expect(statSync(output).mode).toBe(statSync(plain).mode);
    await expectSameOutputs(input, output);
    const [tag, ...rest] = readWire(readFileSync(output)).filter(({ field }) => field === 7);
    expect(tag).toBeDefined();
    expect(rest).toEqual([]);
  });
});

describe('hostile external data', () => {
  /** The external fixture with another location of the same length or shorter. */
  function withLocation(location: string): void {
    const bytes = readFileSync(fixturePath('models/external.onnx')).toString('latin1');
    const old = 'external.onnx.data';
    writeFileSync(
      input,
      Buffer.from(bytes.replaceAll(old, location.padEnd(old.length, '/')), 'latin1'),
    );
  }

  it.each([
    ['an absolute path', '/etc/passwd'],
    ['a folder above', '../../etc/passwd'],
    ['a hidden folder above', 'a/../../b'],
    ['a drive', 'C:\\windows\\a'],
    ['a share', '\\\\server\\x'],
    ['a NUL', 'a\0b'],
    ['a process file', '/proc/self/mem'],
    ['a memory marker', '_ORT_MEM_ADDR_/abcd'.slice(0, 18)],
  ])('refuses %s', async (_, location) => {
    withLocation(location);
    for (const weights of ['copy', 'link'] as const) {
      const tapped = tapFile(input, output, { weights });
      await expect(tapped).rejects.toMatchObject({ code: 'MODEL_MALFORMED' });
    }
    expect(readdirSync(folder)).toEqual(['model.onnx']);
  });

  it('refuses a link that leaves the folder, a folder, a file of several names and a short one', async () => {
    useModel('external');
    const data = join(folder, 'external.onnx.data');
    truncateSync(data, 100);
    await expect(tapFile(input, output)).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' });
    rmSync(data);
    await expect(tapFile(input, output)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    symlinkSync('/etc/passwd', data);
    await expect(tapFile(input, output)).rejects.toMatchObject({ code: 'MODEL_MALFORMED' });
    rmSync(data);
    mkdirSync(data);
    await expect(tapFile(input, output)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    rmSync(data, { recursive: true });
    copyFileSync(fixturePath('models/external.onnx.data'), data);
    linkSync(data, join(folder, 'second-name'));
    await expect(tapFile(input, output)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(readdirSync(folder)).not.toContain('tapped.onnx');
  });
});

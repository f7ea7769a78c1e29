import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { pruneFile } from '../../src/node/prune-file.js';
import { reheadFile } from '../../src/node/rehead-file.js';
import { splitFile } from '../../src/node/split-file.js';
import { tapFile } from '../../src/node/tap-file.js';
import { buildModel, WIDE_CNN } from '../build-model.js';
import { fixturePath } from '../read-fixture.js';
import { run } from '../run-model.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'featuretap-inputs-'));
});

const WRITERS: readonly (readonly [string, (from: string, to: string) => Promise<unknown>])[] = [
  ['tapFile', (from, to) => tapFile(from, to)],
  ['tapFile with links', (from, to) => tapFile(from, to, { weights: 'link' })],
  ['pruneFile', (from, to) => pruneFile(from, to)],
  ['reheadFile', (from, to) => reheadFile(from, to, { kind: 'drop' })],
];

/** A file whose weights are ranges of another; no tapped one, which could not be tapped again. */
async function linkTo(original: string): Promise<string> {
  writeFileSync(original, buildModel(WIDE_CNN));
  const linked = join(folder, 'linked.onnx');
  await pruneFile(original, linked, { weights: 'link' });
  return linked;
}

const refusal = {
  code: 'WRITE_REFUSED',
  message: expect.stringMatching(/holds no weights of .* which does\. Choose another/u) as string,
};

describe.each(WRITERS)('%s writes over no weights of its input', (_, write) => {
  it('that are external data', async () => {
    for (const name of ['external.onnx', 'external.onnx.data']) {
      copyFileSync(fixturePath(`models/${name}`), join(folder, name));
    }
    const data = join(folder, 'external.onnx.data');
    const before = readFileSync(data);
    for (const output of [data, `${folder}/./external.onnx.data`]) {
      await expect(write(join(folder, 'external.onnx'), output)).rejects.toMatchObject(refusal);
    }
    expect(readFileSync(data).equals(before)).toBe(true);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('that are the original of a linked file', async () => {
    const original = join(folder, 'original.onnx');
    const linked = await linkTo(original);
    const before = readFileSync(original);
    await expect(write(linked, original)).rejects.toMatchObject(refusal);
    expect(readFileSync(original).equals(before)).toBe(true);
  });
});

describe('side files of an output that is replaced', () => {
  it('stay when the input has its weights there', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    for (const each of [from, to]) mkdirSync(each);
    for (const name of ['external.onnx', 'external.onnx.data']) {
      copyFileSync(fixturePath(`models/${name}`), join(from, name));
    }
    const output = join(to, 'out.onnx');
    await tapFile(join(from, 'external.onnx'), output);
    const weights = join(to, 'out.onnx.data');
    const linked = join(folder, 'linked.onnx');
    await reheadFile(output, linked, { kind: 'drop' }, { weights: 'link' });
    await pruneFile(linked, output);
    expect(existsSync(weights)).toBe(true);
    expect((await run(linked)).size).toBeGreaterThan(0);
  });
});

describe('splitFile', () => {
  it.each(['full.onnx', 'backbone.onnx', 'head.onnx'])(
    'writes over no weights of its input in %s, and no other view either',
    async (name) => {
      const original = join(folder, name);
      const linked = await linkTo(original);
      const before = readFileSync(original);
      await expect(splitFile(linked, folder)).rejects.toMatchObject(refusal);
      expect(readFileSync(original).equals(before)).toBe(true);
      expect(readdirSync(folder).sort()).toEqual([name, 'linked.onnx'].sort());
    },
  );

  it('makes no folder when it is refused', async () => {
    writeFileSync(join(folder, 'model.onnx'), buildModel(WIDE_CNN));
    const views = join(folder, 'below', 'views');
    const splitting = splitFile(join(folder, 'model.onnx'), views, { weights: 'link' });
    await expect(splitting).rejects.toMatchObject({
      code: 'WRITE_REFUSED',
      message: expect.stringContaining(`the output was to be in ${views}.`) as string,
    });
    expect(existsSync(join(folder, 'below'))).toBe(false);
  });
});

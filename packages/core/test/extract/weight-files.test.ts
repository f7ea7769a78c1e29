import {
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import { openHead } from '../../src/extract/open-head.js';
import type { ExtractorOptions } from '../../src/extract/extractor-options.js';
import type { ModelFile } from '../../src/extract/model-file.js';
import { readManifest } from '../../src/session/read-manifest.js';
import { MANIFEST_KEY } from '../../src/spec/manifest.js';
import { bytesSource, printableName } from '../../src/wire/index.js';
import { fixture } from '../tensor/fixture.js';
import { errorOf } from './error-of.js';
import { maxDifference, modelPath, TOLERANCE, truth } from './models.js';
import { withMetadata } from './with-metadata.js';

const linked = fixture('models/tiny-linked.onnx');
const manifest = await readManifest(bytesSource(linked), 'tiny-linked');
const originalBytes = manifest.weightFiles![0]!.bytes;

/** The linked model, whose manifest names other weight files. */
function naming(...files: { location: string; bytes: number }[]): Promise<Uint8Array> {
  return withMetadata(linked, MANIFEST_KEY, { ...manifest, weightFiles: files });
}

let folder = '';
let model = '';
let original = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'featuretap-weights-'));
  model = join(folder, 'tiny.taps.onnx');
  original = join(folder, 'tiny.onnx');
  await writeFile(model, linked);
  await copyFile(modelPath('tiny'), original);
});

afterEach(() => rm(folder, { recursive: true }));

async function expectLogits(file: ModelFile, options: ExtractorOptions = {}): Promise<void> {
  await using extractor = await createExtractor(file, options);
  const { logits } = await extractor.run(truth('input'), { fields: ['logits'] });
  expect(maxDifference(logits.data, truth('logits').data)).toBeLessThan(TOLERANCE);
}

describe('a model that is linked to its original', () => {
  it('runs with the weights of the file beside it', async () => {
    await expectLogits(model);
  });

  it('runs when the original is in a folder below', async () => {
    await mkdir(join(folder, 'weights'));
    await rename(original, join(folder, 'weights/tiny.onnx'));
    // onnxruntime follows links inside the folder of the model.
    await symlink('weights/tiny.onnx', original);
    await expectLogits(model);
  });

  it('runs when both are links, as in a cache of downloads', async () => {
    const links = join(folder, 'links');
    await mkdir(links);
    await symlink(model, join(links, 'tiny.taps.onnx'));
    await symlink(original, join(links, 'tiny.onnx'));
    await expectLogits(join(links, 'tiny.taps.onnx'));
  });

  it('names the weights and the model when the original is gone', async () => {
    await rm(original);
    const error = await errorOf(createExtractor(model));
    expect(error.code).toBe('FILE_NOT_FOUND');
    expect(error.message).toContain(`weights of ${model} in ${original}, found nothing`);
    expect(error.message).toMatch(/Put the original back there.*`--weights copy`/u);
  });

  it('is refused when the original has another size', async () => {
    await truncate(original, originalBytes - 1);
    const error = await errorOf(createExtractor(model));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain(`Expected ${originalBytes} bytes with the weights of ${model}`);
    expect(error.message).toContain(`in ${original}, found ${originalBytes - 1}`);
    expect(error.message).toMatch(/tap the original model again/u);
  });

  it('is refused when a folder has the name of the original', async () => {
    await rm(original);
    await mkdir(original);
    const error = await errorOf(createExtractor(model));
    expect(error.code).toBe('FILE_UNREADABLE');
    expect(error.message).toContain(`weights of ${model} in ${original}, found a folder`);
  });

  it('is refused when the original is a link out of the folder', async () => {
    const inside = join(folder, 'inside');
    await mkdir(inside);
    await copyFile(model, join(inside, 'tiny.taps.onnx'));
    await symlink(original, join(inside, 'tiny.onnx'));
    const error = await errorOf(createExtractor(join(inside, 'tiny.taps.onnx')));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toMatch(
      /is a link to .*tiny\.onnx, which onnxruntime refuses to follow/u,
    );
  });

  it('finds an original that was moved in the folder of the option', async () => {
    const moved = join(folder, 'moved');
    await mkdir(moved);
    await rename(original, join(moved, 'tiny.onnx'));
    await expectLogits(model, { weightsFolder: moved });
    const error = await errorOf(createExtractor(model, { weightsFolder: join(folder, 'none') }));
    expect(error.code).toBe('FILE_NOT_FOUND');
    expect(error.message).toMatch(/Give the folder that holds the original/u);
  });

  it('gives a head its weights too', async () => {
    const input = { ...truth('pooled') };
    const head = join(folder, 'head.onnx');
    await copyFile(modelPath('tiny-head-linked'), head);
    await using opened = await openHead(head);
    const { data } = await opened.run(input);
    expect(maxDifference(data, truth('logits').data)).toBeLessThan(TOLERANCE);
    await rm(original);
    expect((await errorOf(openHead(head))).code).toBe('FILE_NOT_FOUND');
    const backbone = modelPath('tiny-backbone');
    expect((await errorOf(createExtractor(backbone, { head }))).message).toContain(head);
    const bytes = await readFile(head);
    await expectLogits(backbone, { head: { bytes }, weightsFolder: join(modelPath('tiny'), '..') });
  });
});

describe('a linked model in memory', () => {
  it('needs the path of its file or the folder of its weights', async () => {
    const error = await errorOf(createExtractor({ bytes: linked }));
    expect(error.code).toBe('INPUT_INVALID');
    expect(error.message).toMatch(/in "tiny\.onnx" beside its file.*`weightsFolder`/u);
    await expectLogits({ bytes: linked }, { weightsFolder: folder });
  });

  it('is checked like a file', async () => {
    await truncate(original, 10);
    const error = await errorOf(createExtractor({ bytes: linked }, { weightsFolder: folder }));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toMatch(/found 10: the file was changed since/u);
  });
});

describe('a location of weights', () => {
  it.each<[string, string, RegExp]>([
    ['absolute', '/etc/passwd', /is absolute/u],
    ['on another machine', '//server/share/tiny.onnx', /is absolute/u],
    ['on another machine, as Windows writes it', '\\\\server\\share\\tiny.onnx', /a backslash/u],
    ['with backslashes', 'weights\\tiny.onnx', /a backslash/u],
    ['on a drive', 'C:/tiny.onnx', /a drive/u],
    ['relative to a drive', 'c:tiny.onnx', /a drive/u],
    ['above the folder', '../tiny.onnx', /leads out with \.\./u],
    ['above the folder on a way down', 'a/../../tiny.onnx', /leads out with \.\./u],
    ['above the folder at the end', 'tiny.onnx/..', /leads out with \.\./u],
    ['with a NUL character', 'tiny.onnx\0.png', /a NUL character/u],
    ['an address in memory', '*/_ORT_MEM_ADDR_/*', /is no path/u],
  ])('%s is refused', async (_, location, message) => {
    const bytes = await naming({ location, bytes: 1 });
    await writeFile(model, bytes);
    for (const file of [model, { bytes }]) {
      const options = file === model ? {} : { weightsFolder: folder };
      const error = await errorOf(createExtractor(file, options));
      expect(error.code).toBe('MANIFEST_INVALID');
      expect(error.message).toMatch(message);
      // Escaped: names of files are not to steer a terminal.
      expect(error.message).toContain(printableName(location));
    }
  });

  it('is checked for every file', async () => {
    const bytes = await naming(
      { location: 'tiny.onnx', bytes: originalBytes },
      { location: 'more.data', bytes: 1 },
    );
    await writeFile(model, bytes);
    const error = await errorOf(createExtractor(model));
    expect(error.code).toBe('FILE_NOT_FOUND');
    expect(error.message).toContain(join(folder, 'more.data'));
  });
});

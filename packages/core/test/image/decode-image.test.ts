import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeImage, type DecodeOptions } from '../../src/image/decode-image.js';
import { MAX_IMAGE_BYTES } from '../../src/image/image-limits.js';
import type { ImageSource } from '../../src/image/read-image-bytes.js';
import { imageUrl } from '../preprocess/read-golden.js';

const folder = mkdtempSync(join(tmpdir(), 'featuretap-image-'));
afterAll(() => rmSync(folder, { recursive: true }));

function inFolder(name: string, bytes: Uint8Array | string = ''): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('sources of decodeImage', () => {
  it('takes a path, a URL, a Buffer and a view into a larger buffer alike', async () => {
    const url = imageUrl('rgb.png');
    const bytes = readFileSync(url);
    const padded = new Uint8Array(bytes.length + 8);
    padded.set(bytes, 5);
    const view = padded.subarray(5, 5 + bytes.length);
    const expected = await decodeImage(url);
    expect(expected).toMatchObject({ width: 29, height: 23 });
    for (const source of [fileURLToPath(url), bytes, view]) {
      expect(await decodeImage(source)).toEqual(expected);
    }
  });

  it('tells the format by the bytes, not by the name', async () => {
    const path = join(folder, 'really-a.jpg');
    copyFileSync(imageUrl('rgb.png'), path);
    expect(await decodeImage(path)).toEqual(await decodeImage(imageUrl('rgb.png')));
  });

  it('leaves the bytes that it was given as they are', async () => {
    const bytes = readFileSync(imageUrl('transparent.gif'));
    const copy = Buffer.from(bytes);
    await decodeImage(bytes);
    expect(bytes).toEqual(copy);
  });

  it.each([
    ['a missing file', join(folder, 'nothing.png'), 'FILE_NOT_FOUND'],
    ['a file in a file', join(inFolder('plain.txt'), 'x.png'), 'FILE_NOT_FOUND'],
    ['a folder', folder, 'FILE_UNREADABLE'],
    ['a web address', new URL('https://example.org/cat.jpg'), 'INPUT_INVALID'],
    ['a number', 7 as unknown as string, 'INPUT_INVALID'],
    ['nothing', undefined as unknown as string, 'INPUT_INVALID'],
    ['an ArrayBuffer', new ArrayBuffer(9) as unknown as Uint8Array, 'INPUT_INVALID'],
    ['an empty file', inFolder('empty.png'), 'IMAGE_UNREADABLE'],
    ['no bytes', new Uint8Array(0), 'IMAGE_UNREADABLE'],
  ] satisfies [string, ImageSource, string][])('refuses %s', async (_, source, code) => {
    await expect(decodeImage(source)).rejects.toMatchObject({ name: 'FeaturetapError', code });
  });

  it('refuses a file above the size limit without reading it', async () => {
    const path = inFolder('sparse.tif', readFileSync(imageUrl('rgb.tif')));
    truncateSync(path, MAX_IMAGE_BYTES + 1);
    await expect(decodeImage(path)).rejects.toMatchObject({ code: 'IMAGE_LIMIT' });
  });

  if (process.platform !== 'win32') {
    it('refuses a pipe that nobody writes to, at once', async () => {
      const path = join(folder, 'pipe');
      execFileSync('mkfifo', [path]);
      await expect(decodeImage(path)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    });

    it.each(['/dev/zero', '/dev/null'])('refuses the device %s', async (path) => {
      await expect(decodeImage(path)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    });

    it('refuses a loop of symbolic links, and follows one that leads to a file', async () => {
      symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
      symlinkSync(fileURLToPath(imageUrl('rgb.png')), join(folder, 'link'));
      await expect(decodeImage(join(folder, 'loop'))).rejects.toMatchObject({
        code: 'FILE_UNREADABLE',
      });
      expect(await decodeImage(join(folder, 'link'))).toMatchObject({ width: 29 });
    });
  }

  if (process.platform !== 'win32' && process.getuid?.() !== 0) {
    it('refuses a file without permission', async () => {
      const path = inFolder('secret.png', 'x');
      chmodSync(path, 0);
      await expect(decodeImage(path)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    });
  }
});

describe('options of decodeImage', () => {
  it.each([
    ['an unknown option', { colour: 'sRGB' }],
    ['an unknown policy', { policy: 'exif' }],
    ['a signal that is none', { signal: {} }],
  ])('rejects %s', async (_, options) => {
    const decoding = decodeImage(imageUrl('rgb.png'), options as DecodeOptions);
    await expect(decoding).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('does not read anything when the signal has fired before', async () => {
    const signal = AbortSignal.abort(new Error('no longer needed'));
    const decoding = decodeImage(join(folder, 'nothing.png'), { signal });
    await expect(decoding).rejects.toMatchObject({
      code: 'ABORTED',
      cause: { message: 'no longer needed' },
    });
  });

  it('stops when the signal fires while it works', async () => {
    const controller = new AbortController();
    const decoding = decodeImage(imageUrl('large.jpg'), { signal: controller.signal });
    controller.abort();
    await expect(decoding).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

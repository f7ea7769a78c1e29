import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/image/decode-image.js';
import { imageUrl } from '../preprocess/read-golden.js';

const fixture = (name: string): Buffer => readFileSync(imageUrl(name));

/** Width and height that together exceed every limit. */
const HUGE = 60_000;

function changed(name: string, change: (bytes: Buffer) => void): Buffer {
  const bytes = fixture(name);
  change(bytes);
  return bytes;
}

function hugeJpeg(name: string): Buffer {
  return changed(name, (bytes) => {
    let at = 2;
    while (bytes[at + 1] !== 0xc0 && bytes[at + 1] !== 0xc2) at += 2 + bytes.readUInt16BE(at + 2);
    bytes.writeUInt16BE(HUGE, at + 5);
    bytes.writeUInt16BE(HUGE, at + 7);
  });
}

const hugePng = changed('rgb.png', (bytes) => {
  bytes.writeUInt32BE(HUGE, 16);
  bytes.writeUInt32BE(HUGE, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
});

const hugeTiff = changed('rgb.tif', (bytes) => {
  const directory = bytes.readUInt32LE(4);
  for (let i = 0; i < bytes.readUInt16LE(directory); i++) {
    const entry = directory + 2 + i * 12;
    const isSize = [256, 257].includes(bytes.readUInt16LE(entry));
    if (isSize) bytes.writeUInt32LE(HUGE, entry + 8);
    if (isSize) bytes.writeUInt16LE(4, entry + 2);
  }
});

const hugeGif = changed('still.gif', (bytes) => {
  bytes.writeUInt16LE(HUGE, 6);
  bytes.writeUInt16LE(HUGE, 8);
});

describe('decodeImage on truncated images', () => {
  const names = [
    'baseline-420.jpg',
    'progressive.jpg',
    'cmyk-adobe.jpg',
    'rgb.png',
    'palette.png',
    'gray16.png',
    'interlaced.png',
    'lossy.webp',
    'lossless.webp',
    'still.gif',
    'transparent.gif',
    'rgb.tif',
    'lzw.tif',
  ];
  const parts = [0.05, 0.3, 0.6, 0.9];
  it.each(names.flatMap((name) => parts.map((part) => [name, part] as const)))(
    '%s: the first %d of it',
    async (name, part) => {
      const bytes = fixture(name);
      const decoding = decodeImage(bytes.subarray(0, Math.floor(bytes.length * part)));
      await expect(decoding).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
    },
  );

  it('names the file, the reason and a remedy, and keeps the cause', async () => {
    const bytes = fixture('baseline-420.jpg').subarray(0, 600);
    const error: unknown = await decodeImage(bytes).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'FeaturetapError', cause: expect.any(Error) as Error });
    expect((error as Error).message).toMatch(/600 bytes \(.+\)\. Get the file again/);
    expect((error as Error).message).not.toContain('\n');
  });

  it('accepts a PNG without its last chunk and a JPEG with something behind it, as Pillow', async () => {
    const png = fixture('rgb.png');
    expect(await decodeImage(png.subarray(0, -12))).toEqual(await decodeImage(png));
    const jpeg = fixture('progressive.jpg');
    const longer = Buffer.concat([jpeg, Buffer.from('trailing bytes')]);
    expect(await decodeImage(longer)).toEqual(await decodeImage(jpeg));
  });
});

describe('decodeImage on images that promise too much', () => {
  it.each([
    ['JPEG', hugeJpeg('baseline-420.jpg')],
    ['progressive JPEG', hugeJpeg('progressive.jpg')],
    ['PNG', hugePng],
    ['TIFF', hugeTiff],
    ['GIF canvas', hugeGif],
  ])('refuses a %s of 60,000 x 60,000 by its header', async (_, bytes) => {
    await decodeImage(fixture('rgb.png')); // so that sharp is loaded already
    const before = process.memoryUsage().rss;
    const started = performance.now();
    await expect(decodeImage(bytes)).rejects.toMatchObject({
      code: 'IMAGE_LIMIT',
      message: expect.stringContaining('60000 x 60000') as string,
    });
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(64e6);
  });

  it('decodes 60,000 x 1', async () => {
    const image = await decodeImage(imageUrl('wide.png'));
    expect([image.width, image.height, image.data.length]).toEqual([60_000, 1, 180_000]);
  });
});

describe('decodeImage on what is no image', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>';
  it.each([
    ['a text', 'This is not an image.\n', 'IMAGE_UNREADABLE'],
    ['one byte', 'P', 'IMAGE_UNREADABLE'],
    ['the first bytes of a JPEG', '\xff\xd8\xff', 'IMAGE_UNREADABLE'],
    ['an SVG document', svg, 'IMAGE_UNSUPPORTED'],
    ['an SVG document behind a declaration', `<?xml version="1.0"?>${svg}`, 'IMAGE_UNSUPPORTED'],
    ['an SVG document behind a comment', `<!-- hello -->${svg}`, 'IMAGE_UNREADABLE'],
    ['a PDF document', '%PDF-1.7\n', 'IMAGE_UNSUPPORTED'],
    ['a bitmap', 'BM\x46\0\0\0\0\0\0\0', 'IMAGE_UNSUPPORTED'],
    ['a HEIC image', '\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'IMAGE_UNSUPPORTED'],
    ['a JPEG 2000 image', '\0\0\0\x0cjP  \r\n\x87\n', 'IMAGE_UNSUPPORTED'],
    ["libvips' own format", '\x08\xf2\xa6\xb6' + '\0'.repeat(80), 'IMAGE_UNREADABLE'],
    ['an ImageMagick script', 'push graphic-context\nimage over 0,0 "x"', 'IMAGE_UNREADABLE'],
    ['a table of numbers', '1,2,3\n4,5,6\n', 'IMAGE_UNREADABLE'],
  ])('refuses %s', async (_, text, code) => {
    const decoding = decodeImage(Buffer.from(text, 'latin1'));
    await expect(decoding).rejects.toMatchObject({ name: 'FeaturetapError', code });
  });

  it.each(['display', 'as-trained'] as const)(
    'refuses documents with policy %s',
    async (policy) => {
      const decoding = decodeImage(Buffer.from(svg), { policy });
      await expect(decoding).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
    },
  );

  it('survives every single changed byte of a header, with pixels or a typed error', async () => {
    for (const name of [
      'rgb.png',
      'baseline-420.jpg',
      'transparent.gif',
      'cmyk.tif',
      'lossy.webp',
    ]) {
      const bytes = fixture(name);
      for (let at = 0; at < 200; at += 3) {
        const broken = Buffer.from(bytes);
        broken[at]! ^= 0xff;
        const outcome: unknown = await decodeImage(broken).catch((error: unknown) => error);
        const isTyped = outcome instanceof Error && outcome.name === 'FeaturetapError';
        expect(isTyped || !(outcome instanceof Error), `${name} at ${at}: ${outcome}`).toBe(true);
      }
    }
  });
});

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/image/decode-image.js';
import { openEncodedImage } from '../../src/image/encoded-image.js';
import type { RgbImage } from '../../src/image/rgb-image.js';
import { decodeResized } from '../../src/preprocess/decode-resized.js';
import { planFastResize } from '../../src/preprocess/plan-fast-resize.js';
import { resizeAndCrop } from '../../src/preprocess/resize-and-crop.js';
import type { DecodePolicy, PreprocessSpec } from '../../src/spec/preprocess-spec.js';
import { centerSpec } from './center-spec.js';
import { enlarge, PHOTOS, photoPath } from './large-photos.js';
import { cases, fileOf, nameOf } from './read-pipeline-golden.js';
import { imageUrl } from './read-golden.js';

type Change = Partial<PreprocessSpec>;

async function exactly(
  bytes: Uint8Array,
  of: PreprocessSpec,
  policy: DecodePolicy = 'as-trained',
): Promise<RgbImage> {
  return resizeAndCrop(await decodeImage(bytes, { policy }), of);
}

async function isFast(bytes: Uint8Array, of: PreprocessSpec): Promise<boolean> {
  const image = await openEncodedImage({ bytes, name: 'image' });
  return planFastResize(image, of, 'as-trained') !== null;
}

function distance(left: RgbImage, right: RgbImage): { mean: number; psnr: number } {
  expect([left.width, left.height, left.data.length]).toEqual([
    right.width,
    right.height,
    right.data.length,
  ]);
  let sum = 0;
  let squares = 0;
  for (const [i, value] of left.data.entries()) {
    const difference = Math.abs(value - right.data[i]!);
    sum += difference;
    squares += difference ** 2;
  }
  const { length } = left.data;
  return { mean: sum / length, psnr: 10 * Math.log10(255 ** 2 / (squares / length)) };
}

/** Near, and not equal: it is not the exact way that was taken. */
function expectNear(fast: RgbImage, exact: RgbImage): void {
  const { mean, psnr } = distance(fast, exact);
  expect(mean).toBeGreaterThan(0);
  expect(mean).toBeLessThan(1.2);
  expect(psnr).toBeGreaterThan(42);
}

function expectSame(left: RgbImage, right: RgbImage): void {
  expect([left.width, left.height]).toEqual([right.width, right.height]);
  // Not `toEqual`, which takes seconds for a million bytes.
  expect(Buffer.compare(left.data, right.data)).toBe(0);
}

const as = { policy: 'as-trained' } as const;

describe('decodeResized is near the exact way', () => {
  it.each(PHOTOS)('on %s, with every kernel and crop mode', async (name) => {
    const bytes = readFileSync(photoPath(name));
    for (const change of [
      { interpolation: 'bilinear' },
      { interpolation: 'bicubic', cropMode: 'squash' },
      { interpolation: 'lanczos', cropPct: 0.95 },
      { inputSize: [3, 160, 224] },
      // Nothing to crop, and no longer edge to pad.
      { inputSize: [3, 200, 300], cropPct: 1, cropMode: 'squash' },
    ] satisfies Change[]) {
      const of = centerSpec(change);
      expectNear(await decodeResized(bytes, of, as), await exactly(bytes, of));
    }
  });

  it.each(PHOTOS.flatMap((name) => [2.5, 5.5].map((factor) => [name, factor] as const)))(
    'on %s enlarged by %d, as JPEG',
    async (name, factor) => {
      const bytes = await (await enlarge(name, factor)).jpeg({ quality: 90 }).toBuffer();
      expectNear(await decodeResized(bytes, centerSpec(), as), await exactly(bytes, centerSpec()));
    },
  );

  it.each(['webp', 'png', 'gray JPEG', 'progressive JPEG'] as const)(
    'on a large %s',
    async (kind) => {
      const photo = await enlarge('rocket.jpg', 4);
      const encoded = {
        webp: () => photo.webp({ quality: 90 }),
        png: () => photo.png(),
        'gray JPEG': () => photo.greyscale().jpeg(),
        'progressive JPEG': () => photo.jpeg({ progressive: true }),
      }[kind]();
      const bytes = await encoded.toBuffer();
      expectNear(await decodeResized(bytes, centerSpec(), as), await exactly(bytes, centerSpec()));
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'with orientation %d, which only policy display applies',
    async (orientation) => {
      const photo = await enlarge('rocket.jpg', 2.6);
      const bytes = await photo.jpeg().withMetadata({ orientation }).toBuffer();
      const of = centerSpec({ inputSize: [3, 224, 200] });
      const trained = await decodeResized(bytes, of, as);
      const shown = await decodeResized(bytes, of, { policy: 'display' });
      expectNear(trained, await exactly(bytes, of));
      expectNear(shown, await exactly(bytes, of, 'display'));
      expect(distance(trained, shown).mean > 5).toBe(orientation > 1);
    },
  );

  it.each(['jpeg', 'png'] as const)(
    'with a colour profile in a %s, which only policy display applies',
    async (format) => {
      const photo = await enlarge('coffee.png', 1.5);
      const bytes = await photo.withIccProfile('p3').toFormat(format).toBuffer();
      const trained = await decodeResized(bytes, centerSpec(), as);
      const shown = await decodeResized(bytes, centerSpec(), { policy: 'display' });
      expectNear(trained, await exactly(bytes, centerSpec()));
      expectNear(shown, await exactly(bytes, centerSpec(), 'display'));
      expect(distance(trained, shown).mean).toBeGreaterThan(3);
    },
  );
});

describe('decodeResized takes the exact way', () => {
  let photo: Buffer;
  beforeAll(async () => {
    photo = await (await enlarge('rocket.jpg', 1)).jpeg().toBuffer();
  });

  it('for every small image, of every format', async () => {
    const small = cases.filter(({ format, shape }) => format !== undefined && shape !== 'large');
    expect(small.length).toBeGreaterThan(240);
    for (const of of small) {
      const { data } = await decodeResized(fileOf(of), of.spec, as);
      expect(createHash('sha256').update(data).digest('hex'), nameOf(of)).toBe(of.bytes);
    }
  });

  it.each<[string, Change]>([
    ['nearest', { interpolation: 'nearest' }],
    ['box', { interpolation: 'box' }],
    ['hamming', { interpolation: 'hamming' }],
    ['a border to add', { cropMode: 'border' }],
    ['a crop larger than the image', { cropPct: 1.15 }],
    ['an image to enlarge', { inputSize: [3, 448, 448] }],
    ['one edge to enlarge', { inputSize: [3, 448, 224], cropMode: 'squash' }],
    ['an image that has the size', { inputSize: [3, 427, 640], cropPct: 1, cropMode: 'squash' }],
  ])('with %s', async (_, change) => {
    const of = centerSpec(change);
    expect(await isFast(photo, centerSpec())).toBe(true);
    expect(await isFast(photo, of)).toBe(false);
    expectSame(await decodeResized(photo, of, as), await exactly(photo, of));
  });

  it.each<[string, () => Promise<Buffer>]>([
    ['alpha', async () => (await enlarge('coffee.png', 1)).ensureAlpha(0.5).png().toBuffer()],
    [
      'alpha in WebP',
      async () => (await enlarge('coffee.png', 1)).ensureAlpha(0.5).webp().toBuffer(),
    ],
    ['CMYK', async () => (await enlarge('coffee.png', 1)).toColourspace('cmyk').jpeg().toBuffer()],
    [
      '16 bits',
      async () => (await enlarge('coffee.png', 1)).toColourspace('rgb16').png().toBuffer(),
    ],
    [
      '16 bits of gray',
      async () => (await enlarge('coffee.png', 1)).toColourspace('grey16').png().toBuffer(),
    ],
    ['GIF', async () => (await enlarge('coffee.png', 1)).gif().toBuffer()],
    ['TIFF', async () => (await enlarge('coffee.png', 1)).tiff().toBuffer()],
    ['a short edge', async () => sharp(photo).resize(300, 63, { fit: 'fill' }).png().toBuffer()],
  ])('for an image with %s', async (_, make) => {
    const bytes = await make();
    const of = centerSpec({ inputSize: [3, 32, 32] });
    expect(await isFast(bytes, of)).toBe(false);
    expectSame(await decodeResized(bytes, of, as), await exactly(bytes, of));
  });

  it('for an animation, of which it takes the first frame', async () => {
    const frames = await Promise.all(
      ['red', 'blue'].map((background) =>
        sharp({ create: { width: 90, height: 90, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const bytes = await sharp(frames, { join: { animated: true } })
      .webp()
      .toBuffer();
    const of = centerSpec({ inputSize: [3, 32, 32] });
    expect(await isFast(bytes, of)).toBe(false);
    expectSame(await decodeResized(bytes, of, as), await exactly(bytes, of));
  });
});

describe('decodeResized fails as the exact way does', () => {
  const of = centerSpec({ inputSize: [3, 32, 32] });

  async function codeOf(running: Promise<unknown>): Promise<string> {
    return running.then(
      () => 'pixels',
      (error: unknown) => {
        expect(error).toMatchObject({ name: 'FeaturetapError' });
        return (error as { code: string }).code;
      },
    );
  }

  async function expectSameCode(bytes: Uint8Array, message: string): Promise<string> {
    for (const policy of ['as-trained', 'display'] as const) {
      const expected = await codeOf(exactly(bytes, of, policy));
      expect(await codeOf(decodeResized(bytes, of, { policy })), message).toBe(expected);
    }
    return codeOf(exactly(bytes, of));
  }

  const kinds = ['jpeg', 'progressive', 'png', 'webp'] as const;
  const files = new Map<string, Buffer>();
  beforeAll(async () => {
    const photo = (): Promise<Sharp> => enlarge('rocket.jpg', 0.5);
    files.set('jpeg', await (await photo()).jpeg().toBuffer());
    files.set('progressive', await (await photo()).jpeg({ progressive: true }).toBuffer());
    files.set('png', await (await photo()).png().toBuffer());
    files.set('webp', await (await photo()).webp().toBuffer());
    for (const bytes of files.values()) expect(await isFast(bytes, of)).toBe(true);
  });

  it.each(kinds)(
    'on a truncated %s, even where the crop leaves the missing part out',
    async (kind) => {
      const bytes = files.get(kind)!;
      // The crop keeps the middle: rows at the bottom are not part of it.
      const middle = centerSpec({ inputSize: [3, 32, 32], cropPct: 0.5 });
      for (const part of [0.05, 0.3, 0.6, 0.9, 0.97]) {
        const head = bytes.subarray(0, Math.floor(bytes.length * part));
        expect(await expectSameCode(head, `${part} of it`)).toBe('IMAGE_UNREADABLE');
        expect(await codeOf(decodeResized(head, middle, as))).toBe('IMAGE_UNREADABLE');
      }
    },
  );

  it.each(kinds)('on a %s with any byte changed', async (kind) => {
    const bytes = files.get(kind)!;
    const seen = new Set<string>();
    for (let i = 0; i < 80; i++) {
      // Every third byte of the header, and some of the rest.
      const at = i < 50 ? i * 3 : Math.floor(((i - 50) / 30) * bytes.length);
      const broken = Buffer.from(bytes);
      broken[at]! ^= 0xff;
      seen.add(await expectSameCode(broken, `${kind} at ${at}`));
    }
    expect(seen.size).toBeGreaterThan(1);
  });

  it('on a header that promises too many pixels', async () => {
    const bytes = readFileSync(imageUrl('rgb.png'));
    bytes.writeUInt32BE(60_000, 16);
    bytes.writeUInt32BE(60_000, 20);
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    expect(await expectSameCode(bytes, 'bomb')).toBe('IMAGE_LIMIT');
  });

  it.each<[string, PreprocessSpec, string]>([
    ['a crop of nothing', centerSpec({ inputSize: [3, 1, 1], cropPct: 2 }), 'OPTION_INVALID'],
    [
      'an edge that vanishes',
      centerSpec({ inputSize: [3, 1, 1], cropMode: 'border' }),
      'IMAGE_LIMIT',
    ],
  ])('on %s, and first on what is wrong with the image', async (_, wrong, code) => {
    const bytes = await sharp(files.get('png')).resize(640, 64, { fit: 'fill' }).png().toBuffer();
    expect(await codeOf(exactly(bytes, wrong))).toBe(code);
    expect(await codeOf(decodeResized(bytes, wrong, as))).toBe(code);
    const head = bytes.subarray(0, bytes.length / 2);
    expect(await codeOf(decodeResized(head, wrong, as))).toBe('IMAGE_UNREADABLE');
  });

  it.each([
    ['a text', Buffer.from('This is not an image.\n'), 'IMAGE_UNREADABLE'],
    ['an SVG document', Buffer.from('<svg></svg>'), 'IMAGE_UNSUPPORTED'],
    ['no bytes', new Uint8Array(), 'IMAGE_UNREADABLE'],
    ['AVIF', readFileSync(imageUrl('rgb.avif')), 'IMAGE_UNSUPPORTED'],
  ])('on %s', async (_, bytes, code) => {
    expect(await codeOf(decodeResized(bytes, of, as))).toBe(code);
  });

  it('when the signal has fired before, and while it works', async () => {
    const before = decodeResized('nothing.png', of, { ...as, signal: AbortSignal.abort() });
    expect(await codeOf(before)).toBe('ABORTED');
    const controller = new AbortController();
    const running = decodeResized(files.get('jpeg')!, of, { ...as, signal: controller.signal });
    controller.abort();
    expect(await codeOf(running)).toBe('ABORTED');
  });
});

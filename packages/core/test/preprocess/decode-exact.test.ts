import type { Sharp } from 'sharp';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeImage } from '../../src/image/decode-image.js';
import { openEncodedImage } from '../../src/image/encoded-image.js';
import type { RgbImage } from '../../src/image/rgb-image.js';
import { decodeExact } from '../../src/preprocess/decode-exact.js';
import { decodeResized } from '../../src/preprocess/decode-resized.js';
import { resizeAndCrop } from '../../src/preprocess/resize-and-crop.js';
import type { DecodePolicy, PreprocessSpec } from '../../src/spec/preprocess-spec.js';
import { centerSpec } from './center-spec.js';
import { difference } from './read-golden.js';
import { enlarge } from './large-photos.js';

type Change = Partial<PreprocessSpec>;

const POLICIES = ['as-trained', 'display'] as const;
const EXACT = { policy: 'as-trained', resample: 'exact' } as const;

function spec(change: Change = {}): PreprocessSpec {
  return centerSpec({ inputSize: [3, 96, 96], ...change });
}

async function byTwoSteps(
  bytes: Uint8Array,
  of: PreprocessSpec,
  policy: DecodePolicy,
): Promise<RgbImage> {
  return resizeAndCrop(await decodeImage(bytes, { policy }), of);
}

/** Runs decodeExact, and says how many columns it dropped while decoding. */
async function inOneStep(
  bytes: Uint8Array,
  of: PreprocessSpec,
  policy: DecodePolicy,
): Promise<{ cropped: RgbImage; dropped: number }> {
  const image = await openEncodedImage({ bytes, name: 'image' });
  const { width } = policy === 'display' ? image.header.autoOrient : image.header;
  let dropped = 0;
  const pipeline: typeof image.pipeline = (options, other) => {
    const started = image.pipeline(options, other);
    const extract = started.extract.bind(started);
    vi.spyOn(started, 'extract').mockImplementation((region) => {
      dropped = width - region.width;
      return extract(region);
    });
    return started;
  };
  return { cropped: await decodeExact({ ...image, pipeline }, of, policy), dropped };
}

/** Equal to decoding first; returns the columns that were dropped. */
async function expectEqual(
  bytes: Uint8Array,
  of: PreprocessSpec,
  policy: DecodePolicy = 'as-trained',
): Promise<number> {
  const expected = await byTwoSteps(bytes, of, policy);
  const { cropped, dropped } = await inOneStep(bytes, of, policy);
  expect([cropped.width, cropped.height]).toEqual([expected.width, expected.height]);
  const { length } = expected.data;
  const same = { length, differing: 0, largest: 0 };
  expect(difference(cropped.data, expected.data)).toEqual(same);
  return dropped;
}

async function codeOf(running: Promise<unknown>): Promise<string> {
  return running.then(
    () => 'pixels',
    (error: unknown) => (error as { code: string }).code,
  );
}

/** 1,472 x 976 or 976 x 1,472 pixels. */
async function makePhoto(isTall = false): Promise<Sharp> {
  const photo = await enlarge('rocket.jpg', 2.3);
  return isTall ? photo.clone().rotate(90) : photo;
}

const ENCODERS: Readonly<Record<string, (photo: Sharp) => Sharp>> = {
  jpeg: (photo) => photo.jpeg(),
  'progressive JPEG': (photo) => photo.jpeg({ progressive: true }),
  'JPEG without subsampling': (photo) => photo.jpeg({ chromaSubsampling: '4:4:4' }),
  'gray JPEG': (photo) => photo.greyscale().jpeg(),
  'JPEG with a profile': (photo) => photo.withIccProfile('p3').jpeg(),
  png: (photo) => photo.png(),
  'interlaced PNG': (photo) => photo.png({ progressive: true }),
  'PNG with a palette': (photo) => photo.png({ palette: true, effort: 1 }),
  'gray PNG': (photo) => photo.greyscale().png(),
  'PNG with a profile': (photo) => photo.withIccProfile('p3').png(),
  webp: (photo) => photo.webp(),
};

describe('decodeExact drops columns and equals decoding first', () => {
  it.each(Object.entries(ENCODERS))('%s', async (_, encode) => {
    for (const isTall of [false, true]) {
      const bytes = await encode(await makePhoto(isTall)).toBuffer();
      for (const policy of POLICIES) {
        expect(await expectEqual(bytes, spec(), policy)).toBeGreaterThan(isTall ? 70 : 500);
      }
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('with orientation %d', async (orientation) => {
    const bytes = await (await makePhoto()).withMetadata({ orientation }).jpeg().toBuffer();
    const of = spec({ inputSize: [3, 96, 80] });
    for (const policy of POLICIES) {
      expect(await expectEqual(bytes, of, policy)).toBeGreaterThan(0);
    }
  });

  it.each<[string, Change, boolean]>([
    ['box', { interpolation: 'box' }, true],
    ['bilinear', { interpolation: 'bilinear' }, true],
    ['hamming', { interpolation: 'hamming' }, true],
    ['lanczos', { interpolation: 'lanczos' }, true],
    ['nearest', { interpolation: 'nearest' }, false],
    ['a wide target', { inputSize: [3, 40, 120] }, true],
    ['a high target', { inputSize: [3, 120, 40] }, true],
    ['squashing', { cropMode: 'squash' }, true],
    ['squashing the width alone', { cropMode: 'squash', inputSize: [3, 976, 30] }, true],
    ['nothing to crop', { cropMode: 'squash', cropPct: 1 }, false],
    ['borders', { cropMode: 'border' }, true],
    ['borders around the whole', { cropMode: 'border', cropPct: 1 }, false],
    ['a crop larger than the image', { cropPct: 1.6, cropMode: 'squash' }, false],
    ['a crop alone, as high as the image', { inputSize: [3, 976, 300], cropPct: 1 }, true],
    ['enlarging', { inputSize: [3, 1_000, 1_000] }, true],
    ['windows that reach every column', { inputSize: [3, 2, 1] }, false],
  ])('with %s', async (_, change, drops) => {
    const bytes = await (await makePhoto()).png({ compressionLevel: 1 }).toBuffer();
    for (const policy of POLICIES) {
      expect((await expectEqual(bytes, spec(change), policy)) > 0).toBe(drops);
    }
  });
});

describe('decodeExact decodes whole', () => {
  it.each<[string, (photo: Sharp) => Sharp]>([
    ['a small image', (photo) => photo.resize(1_000, 1_000, { fit: 'fill' }).jpeg()],
    ['CMYK', (photo) => photo.toColourspace('cmyk').jpeg()],
    ['alpha', (photo) => photo.ensureAlpha(0.5).png()],
    ['16 bits', (photo) => photo.toColourspace('rgb16').png({ compressionLevel: 1 })],
    ['TIFF', (photo) => photo.tiff()],
  ])('%s', async (_, change) => {
    const bytes = await change(await makePhoto()).toBuffer();
    for (const policy of POLICIES) expect(await expectEqual(bytes, spec(), policy)).toBe(0);
  });
});

describe('decodeExact fails as decoding first does', () => {
  const files = new Map<string, Buffer>();
  const kinds = ['jpeg', 'progressive JPEG', 'png', 'interlaced PNG', 'webp'] as const;
  beforeAll(async () => {
    for (const kind of kinds) {
      files.set(kind, await ENCODERS[kind]!(await makePhoto()).toBuffer());
    }
  });

  it.each(kinds)('on a truncated %s', async (kind) => {
    const bytes = files.get(kind)!;
    const middle = spec({ cropPct: 0.5 });
    for (const part of [0.02, 0.3, 0.9, 0.97, 0.999]) {
      const head = bytes.subarray(0, Math.floor(bytes.length * part));
      for (const policy of POLICIES) {
        const expected = await codeOf(byTwoSteps(head, middle, policy));
        expect(await codeOf(inOneStep(head, middle, policy)), `${part} of it`).toBe(expected);
        if (part < 0.95) expect(expected).toBe('IMAGE_UNREADABLE');
      }
    }
  });

  it.each(kinds)('on a %s with bytes changed, of which some decode', async (kind) => {
    const bytes = files.get(kind)!;
    for (let i = 0; i < 24; i++) {
      const broken = Buffer.from(bytes);
      broken[i < 12 ? i * 13 : Math.floor(((i - 11.5) / 12.5) * bytes.length)]! ^= 0x5a;
      const expected = await codeOf(byTwoSteps(broken, spec(), 'as-trained'));
      const found = await codeOf(inOneStep(broken, spec(), 'as-trained'));
      expect(found, `change ${i}`).toBe(expected);
      if (expected === 'pixels') await expectEqual(broken, spec());
    }
  });
});

describe('decodeResized in mode exact', () => {
  it('equals decoding first, where mode fast does not', async () => {
    const bytes = await (await makePhoto()).jpeg().toBuffer();
    const { data } = await byTwoSteps(bytes, spec(), 'as-trained');
    const exact = await decodeResized(bytes, spec(), EXACT);
    const fast = await decodeResized(bytes, spec(), { ...EXACT, resample: 'fast' });
    expect(difference(exact.data, data)).toMatchObject({ differing: 0 });
    expect(difference(fast.data, data)).not.toMatchObject({ differing: 0 });
  });

  it('says first what is wrong with the image, and then with the crop', async () => {
    const bytes = await (await makePhoto()).jpeg().toBuffer();
    const nothing = spec({ inputSize: [3, 1, 1], cropPct: 2 });
    const codes = [bytes, bytes.subarray(0, bytes.length / 2)].map((file) =>
      codeOf(decodeResized(file, nothing, EXACT)),
    );
    expect(await Promise.all(codes)).toEqual(['OPTION_INVALID', 'IMAGE_UNREADABLE']);
  });
});

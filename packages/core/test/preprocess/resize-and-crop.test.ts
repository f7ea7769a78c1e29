import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../src/image/rgb-image.js';
import { MAX_RESIZED_EDGE, MAX_SOURCE_EDGE } from '../../src/preprocess/plan-resize.js';
import { resizeAndCrop } from '../../src/preprocess/resize-and-crop.js';
import type { PreprocessSpec } from '../../src/spec/preprocess-spec.js';
import { describeCase, difference, expectSameImage, readGolden, readPart } from './read-golden.js';

const golden = readGolden('resize');
const usual = golden.cases.filter(({ rows }) => rows === undefined);

function spec(change: Partial<PreprocessSpec> = {}): PreprocessSpec {
  return {
    inputSize: [3, 8, 8],
    interpolation: 'bicubic',
    cropPct: 1,
    cropMode: 'center',
    mean: [0, 0, 0],
    std: [1, 1, 1],
    ...change,
  };
}

function plain(width: number, height: number, value = 9): RgbImage {
  return { width, height, data: new Uint8Array(width * height * 3).fill(value) };
}

describe('resizeAndCrop against timm', () => {
  it('has a reference for every interpolation in every crop mode', () => {
    const kinds = new Set(usual.map((of) => `${of.spec.interpolation} ${of.spec.cropMode}`));
    expect(usual.length).toBeGreaterThanOrEqual(60);
    expect(kinds.size).toBeGreaterThanOrEqual(14);
  });

  it.each(usual.map((of) => [describeCase(of), of] as const))('%s', async (_, of) => {
    const resized = resizeAndCrop(await readPart(of), of.spec);
    expectSameImage(resized, golden, of);
  });

  it('resizes 60,000 x 1 to 224 x 224, of which Pillow can make only a row', async () => {
    const of = golden.cases.find(({ rows }) => rows === 'repeated')!;
    const row = golden.bytes(of);
    const started = performance.now();
    const resized = resizeAndCrop(await readPart(of), of.spec);
    expect(performance.now() - started).toBeLessThan(2_000);
    for (let y = 0; y < resized.height; y++) {
      const actual = resized.data.subarray(y * row.length, (y + 1) * row.length);
      expect(difference(actual, row)).toEqual({ length: 672, differing: 0, largest: 0 });
    }
  });
});

describe('resizeAndCrop', () => {
  it('does not touch the image that it was given', () => {
    const image = plain(20, 10);
    resizeAndCrop(image, spec());
    expect(image).toEqual(plain(20, 10));
  });

  it('copies instead of returning the data of an image that already fits', () => {
    const image = plain(8, 8);
    expect(resizeAndCrop(image, spec()).data).not.toBe(image.data);
  });

  it.each([
    ['an edge above the limit', plain(MAX_SOURCE_EDGE + 1, 1), spec(), 'IMAGE_LIMIT'],
    ['an edge that vanishes', plain(100, 1), spec({ cropMode: 'border' }), 'IMAGE_LIMIT'],
    [
      'an edge that grows beyond the limit',
      plain(Math.ceil(MAX_RESIZED_EDGE / 800) + 1, 1),
      spec({ cropPct: 0.01 }),
      'IMAGE_LIMIT',
    ],
    [
      'a crop of nothing',
      plain(9, 9),
      spec({ inputSize: [3, 1, 1], cropPct: 2 }),
      'OPTION_INVALID',
    ],
    ['too little data', { ...plain(9, 9), width: 10 }, spec(), 'INPUT_INVALID'],
    ['no pixels', plain(0, 4), spec(), 'INPUT_INVALID'],
    ['a fraction of a pixel', { ...plain(2, 1), width: 1.5 }, spec(), 'INPUT_INVALID'],
  ])('refuses %s', (_, image, of, code) => {
    expect(() => resizeAndCrop(image, of)).toThrow(expect.objectContaining({ code }));
  });

  it('shrinks an image of 1,048,576 rows without keeping them all', () => {
    const image = plain(16, 2 ** 20);
    const of = spec({ inputSize: [3, 224, 224], cropMode: 'squash', interpolation: 'lanczos' });
    const before = process.memoryUsage().arrayBuffers;
    const resized = resizeAndCrop(image, of);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
    expect(resized.data.every((value) => value === 9)).toBe(true);
  });
});

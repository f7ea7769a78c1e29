import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import type { ExtractorInput } from '../../src/extract/plan-batch.js';
import { decodeImage } from '../../src/image/decode-image.js';
import { resizeAndCrop } from '../../src/preprocess/resize-and-crop.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { errorOf } from './error-of.js';
import { imagePath, maxDifference, modelPath, TOLERANCE } from './models.js';

const MODEL = modelPath('tiny-uint8-pixels');
const IMAGES = ['photo.png', 'rgb.jpg', 'portrait.png', 'rgba.png', 'lossless.webp'].map(imagePath);
const SIZE = 16 * 16 * 3;

/** The bytes that reach the graph. */
async function pixels(input: readonly ExtractorInput[]): Promise<Tensor> {
  await using extractor = await createExtractor(MODEL);
  const { extras } = await extractor.run(input, { fields: ['pooled'], extras: ['pixels'] });
  return extras.get('pixels')!;
}

/** What the float input holds, turned back: `(x/255 - 0.5)/0.5` of planes to interleaved bytes. */
function toBytes(planes: ArrayLike<number>): number[] {
  return Array.from({ length: SIZE }, (_, i) => {
    const value = planes[(i % 3) * 256 + Math.floor(i / 3)]!;
    return Math.round((value * 0.5 + 0.5) * 255);
  });
}

describe('a model that takes bytes and normalises in its graph', () => {
  it('is fed the pixels that the float path has before it normalises', async () => {
    const found = await pixels(IMAGES);
    expect(found.dtype).toBe('uint8');
    expect(found.shape).toEqual([IMAGES.length, 16, 16, 3]);
    await using float = await createExtractor(modelPath('tiny-extras'));
    const { extras } = await float.run(IMAGES, { fields: ['pooled'], extras: ['seen'] });
    const seen = extras.get('seen')!.data as Float32Array;
    for (const [index, path] of IMAGES.entries()) {
      const row = Array.from(found.data.subarray(index * SIZE, (index + 1) * SIZE), Number);
      const planes = seen.subarray(index * SIZE, (index + 1) * SIZE);
      expect(row, path).toEqual(toBytes(planes));
      const cropped = resizeAndCrop(await decodeImage(path), float.manifest.preprocess!);
      expect(row, path).toEqual(Array.from(cropped.data));
      expect(new Set(row).size, path).toBeGreaterThan(3);
    }
  });

  it('gives the record of the float model', async () => {
    await using bytes = await createExtractor(MODEL);
    await using float = await createExtractor(modelPath('tiny'));
    const found = await bytes.run(IMAGES, { fields: ['logits'] });
    const expected = await float.run(IMAGES, { fields: ['logits'] });
    expect(maxDifference(found.logits.data, expected.logits.data)).toBeLessThan(TOLERANCE);
  });

  it('takes ready bytes and images in one batch, and leaves the bytes as they are', async () => {
    const data = Uint8Array.from({ length: 2 * SIZE }, (_, i) => (i * 31) % 256);
    const ready: Tensor = { dtype: 'uint8', shape: [2, 16, 16, 3], data };
    const [first] = IMAGES;
    const image = await pixels([first!]);
    const found = await pixels([ready, first!, { ...ready, data: Buffer.from(data) }]);
    expect(found.shape).toEqual([5, 16, 16, 3]);
    const rows = (from: number, to: number) => found.data.subarray(from * SIZE, to * SIZE);
    expect(rows(0, 2)).toEqual(data);
    expect(rows(2, 3)).toEqual(image.data);
    expect(rows(3, 5)).toEqual(data);
    expect(data.length).toBe(2 * SIZE);
  });

  it('refuses floats and the layout of other models', async () => {
    await using extractor = await createExtractor(MODEL);
    const float: Tensor = {
      dtype: 'float32',
      shape: [1, 16, 16, 3],
      data: new Float32Array(SIZE),
    };
    const planar: Tensor = { dtype: 'uint8', shape: [1, 3, 16, 16], data: new Uint8Array(SIZE) };
    for (const tensor of [float, planar]) {
      const error = await errorOf(extractor.run(tensor));
      expect(error.code).toBe('INPUT_INVALID');
      expect(error.message).toMatch(
        /Expected a uint8 tensor of shape \[batch, 16, 16, 3\] \(NHWC/u,
      );
    }
  });
});

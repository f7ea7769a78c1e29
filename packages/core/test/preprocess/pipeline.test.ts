import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/image/decode-image.js';
import type { RgbImage } from '../../src/image/rgb-image.js';
import { preprocess } from '../../src/preprocess/preprocess.js';
import { resizeAndCrop } from '../../src/preprocess/resize-and-crop.js';
import { cases, fileOf, nameOf, refused, type PipelineCase } from './read-pipeline-golden.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The pixels that the golden names, so that a wrong digest comes with numbers. */
function spotsOf(of: PipelineCase, image: RgbImage, values: Float32Array): PipelineCase['spots'] {
  const plane = image.width * image.height;
  return of.spots.map(([y, x]) => {
    const at = y * image.width + x;
    const bytes = [...image.data.subarray(at * 3, at * 3 + 3)];
    return [y, x, bytes, [0, 1, 2].map((channel) => values[channel * plane + at]!)];
  });
}

describe('a file becomes the values that timm makes of it', () => {
  const generated = cases.filter(({ image }) => image === undefined);

  it('in every format, with every interpolation, crop mode and crop fraction', () => {
    const kinds = (of: (of: PipelineCase) => readonly unknown[]): number =>
      new Set(generated.map((each) => of(each).join())).size;
    expect(generated.length).toBeGreaterThanOrEqual(240);
    expect(kinds(({ format, spec }) => [format, spec.interpolation])).toBe(30 * 6);
    expect(kinds(({ format, spec }) => [format, spec.cropMode])).toBe(30 * 3);
    expect(kinds(({ spec }) => [spec.cropMode, spec.cropPct])).toBe(3 * 10);
    // A target of another shape than a square, in mode `center`, keeps the interpolation.
    const oblong = generated.filter(
      ({ spec: { inputSize, cropMode } }) => inputSize[1] !== inputSize[2] && cropMode === 'center',
    );
    expect(new Set(oblong.map(({ spec }) => spec.interpolation)).size).toBe(6);
  });

  it.each(cases.map((of) => [nameOf(of), of] as const))('%s', async (_, of) => {
    const image = await decodeImage(fileOf(of));
    const cropped = resizeAndCrop(image, of.spec);
    const values = preprocess(image, of.spec);
    expect(spotsOf(of, cropped, values)).toEqual(of.spots);
    expect(sha256(cropped.data)).toBe(of.bytes);
    expect(sha256(new Uint8Array(values.buffer))).toBe(of.floats);
  });

  it.each(refused.map((of) => [of.shape, of] as const))(
    'a %s that would lose its short edge is refused, as timm raises',
    async (_, of) => {
      const image = await decodeImage(fileOf(of));
      expect(() => preprocess(image, of.spec)).toThrow(
        expect.objectContaining({ code: 'IMAGE_LIMIT' }),
      );
    },
  );
});

import { checkRgbImage, type RgbImage } from '../image/rgb-image.js';
import { FeaturetapError } from '../spec/errors.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';

/**
 * Writes an image of the input size into a batch: HWC bytes to CHW float32, `(x/255 - mean)/std`.
 *
 * The values equal torch's bit for bit: `ToTensor` and `Normalize` round to float32 after each of
 * the three operations. A byte has 256 values, so the arithmetic is done once per value and
 * channel.
 *
 * @param target - receives 3 * H * W values, layout [3, H, W].
 * @param offset - index of the first value in `target`; for image `n` of a batch, n * 3 * H * W.
 * @throws FeaturetapError `INPUT_INVALID` when the image is not of `spec.inputSize`, or `target` is
 * too short
 */
export function normalizeInto(
  image: RgbImage,
  spec: PreprocessSpec,
  target: Float32Array,
  offset = 0,
): void {
  checkRgbImage(image);
  checkSizes(image, spec, target, offset);
  const { data } = image;
  const pixels = image.width * image.height;
  const red = lookupTable(spec.mean[0], spec.std[0]);
  const green = lookupTable(spec.mean[1], spec.std[1]);
  const blue = lookupTable(spec.mean[2], spec.std[2]);
  const greenOffset = offset + pixels;
  const blueOffset = greenOffset + pixels;
  for (let i = 0, at = 0; i < pixels; i++, at += 3) {
    target[offset + i] = red[data[at]!]!;
    target[greenOffset + i] = green[data[at + 1]!]!;
    target[blueOffset + i] = blue[data[at + 2]!]!;
  }
}

function lookupTable(mean: number, std: number): Float32Array {
  const mean32 = Math.fround(mean);
  const std32 = Math.fround(std);
  // A double quotient or difference of two float32 rounds to float32 as the direct one does: 53
  // bits are more than twice 24 and 2.
  return Float32Array.from({ length: 256 }, (_, value) =>
    Math.fround(Math.fround(Math.fround(value / 255) - mean32) / std32),
  );
}

function checkSizes(
  image: RgbImage,
  spec: PreprocessSpec,
  target: Float32Array,
  offset: number,
): void {
  const [, height, width] = spec.inputSize;
  if (image.height !== height || image.width !== width) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected an image of ${width} x ${height} pixels, the input size of the model, ` +
        `got ${image.width} x ${image.height}. Call resizeAndCrop first.`,
    );
  }
  const needed = 3 * height * width;
  if (Number.isInteger(offset) && offset >= 0 && offset + needed <= target.length) return;
  throw new FeaturetapError(
    'INPUT_INVALID',
    `Expected room for ${needed} values at offset ${offset}, ` +
      `but the target holds ${target.length}. Allocate 3 * H * W values per image.`,
  );
}

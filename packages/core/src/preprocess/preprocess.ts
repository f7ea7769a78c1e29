import type { RgbImage } from '../image/rgb-image.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import { normalizeInto } from './normalize-into.js';
import { resizeAndCrop } from './resize-and-crop.js';

/**
 * Turns one image into the values of a model's input.
 *
 * @returns float32, layout [3, H, W], RGB, `(x/255 - mean)/std`; equal bit for bit to timm's
 * evaluation transform on the same pixels.
 * @throws FeaturetapError `INPUT_INVALID` or `IMAGE_LIMIT`, see {@link resizeAndCrop}
 */
export function preprocess(image: RgbImage, spec: PreprocessSpec): Float32Array {
  const [channels, height, width] = spec.inputSize;
  const values = new Float32Array(channels * height * width);
  normalizeInto(resizeAndCrop(image, spec), spec, values);
  return values;
}

import type { RgbImage } from '../image/rgb-image.js';
import { normalizeInto } from '../preprocess/normalize-into.js';
import { resizeAndCrop } from '../preprocess/resize-and-crop.js';
import type { TypedArrayOf } from '../spec/dtype.js';
import type { Manifest } from '../spec/manifest.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import { toFloat16Bits } from '../tensor/float16.js';
import type { InputSpec } from './worker-messages.js';

/** Values of an input batch, of any dtype that a manifest allows for it. */
export type InputData = TypedArrayOf<Manifest['input']['dtype']>;

/**
 * Resizes, crops and normalises an image into its place in the batch.
 *
 * A uint8 input gets the pixels as they are: such a model normalises inside its graph.
 *
 * @param offset - index of the image's first value in `target`.
 * @throws FeaturetapError as resizeAndCrop
 */
export function fillImage(
  image: RgbImage,
  spec: PreprocessSpec,
  input: Pick<InputSpec, 'dtype' | 'layout'>,
  target: InputData,
  offset: number,
): void {
  fillCropped(resizeAndCrop(image, spec), spec, input, target, offset);
}

/**
 * Normalises an image that has the model's input size into its place in the batch.
 *
 * @param offset - index of the image's first value in `target`.
 * @throws FeaturetapError as normalizeInto
 */
export function fillCropped(
  cropped: RgbImage,
  spec: PreprocessSpec,
  input: Pick<InputSpec, 'dtype' | 'layout'>,
  target: InputData,
  offset: number,
): void {
  const pixels = cropped.width * cropped.height;
  if (input.dtype === 'uint8') {
    if (input.layout === 'NHWC') target.set(cropped.data, offset);
    else fillPlanes(cropped.data, target, offset, pixels);
    return;
  }
  if (target instanceof Float32Array && input.layout === 'NCHW') {
    normalizeInto(cropped, spec, target, offset);
    return;
  }
  const planes = new Float32Array(3 * pixels);
  normalizeInto(cropped, spec, planes);
  const convert = input.dtype === 'float16' ? toFloat16Bits : (value: number) => value;
  for (let i = 0; i < planes.length; i++) {
    const at = input.layout === 'NCHW' ? i : (i % pixels) * 3 + Math.floor(i / pixels);
    target[offset + at] = convert(planes[i]!);
  }
}

/** HWC bytes to CHW. */
function fillPlanes(data: Uint8Array, target: InputData, offset: number, pixels: number): void {
  for (let i = 0; i < data.length; i++) {
    target[offset + (i % 3) * pixels + Math.floor(i / 3)] = data[i]!;
  }
}

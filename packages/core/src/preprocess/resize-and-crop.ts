import { checkRgbImage, type RgbImage } from '../image/rgb-image.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import type { ImagePart } from './image-part.js';
import { planResize, type ResizePlan } from './plan-resize.js';
import { resample } from './resample.js';

/**
 * Resizes and crops an image to the input size of a model.
 *
 * The result has exactly the height and width of `spec.inputSize` and equals, bit for bit, what
 * timm's evaluation transform holds before `ToTensor`. Only pixels that the crop keeps are
 * computed, so that extreme aspect ratios stay cheap.
 *
 * @throws FeaturetapError `INPUT_INVALID` when the image contradicts itself, `IMAGE_LIMIT` when its
 * shape cannot be resized within bounded memory, `OPTION_INVALID` when the spec leaves no pixel
 */
export function resizeAndCrop(image: RgbImage, spec: PreprocessSpec): RgbImage {
  checkRgbImage(image);
  return runResize(image, planResize(image.width, image.height, spec), spec);
}

/**
 * Resizes, crops and pads by a plan.
 *
 * @param plan - made for the whole image.
 * @param part - the columns that `image` holds where it lacks some; see planPart.
 */
export function runResize(
  image: RgbImage,
  plan: ResizePlan,
  spec: PreprocessSpec,
  part?: ImagePart,
): RgbImage {
  const resized = resample(image, plan.x, plan.y, spec.interpolation, part);
  const [, height, width] = spec.inputSize;
  if (resized.width === width && resized.height === height) return resized;
  return pad(resized, width, height, plan);
}

function pad(image: RgbImage, width: number, height: number, plan: ResizePlan): RgbImage {
  const data = new Uint8Array(width * height * 3);
  const [red, green, blue] = plan.fill;
  if (red + green + blue > 0) {
    for (let i = 0; i < data.length; i += 3) {
      data[i] = red;
      data[i + 1] = green;
      data[i + 2] = blue;
    }
  }
  const rowBytes = image.width * 3;
  for (let row = 0; row < image.height; row++) {
    const target = ((plan.y.padding + row) * width + plan.x.padding) * 3;
    data.set(image.data.subarray(row * rowBytes, (row + 1) * rowBytes), target);
  }
  return { width, height, data };
}

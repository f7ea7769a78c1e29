import { FeaturetapError } from '../spec/errors.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import type { ResizeAxis } from './resample-weights.js';
import { roundHalfEven } from './round-half-even.js';

/**
 * Longest edge that an image may have, pixels.
 *
 * Weights of a shrunk edge take up to 28 bytes a pixel. JPEG and WebP cannot exceed 65,535.
 */
export const MAX_SOURCE_EDGE = 2 ** 20;

/**
 * Longest edge that an image may be resized to before the crop, pixels.
 *
 * Pixels outside the crop are not computed, but Pillow's positions for `nearest` add up from the
 * first one: 2^28 additions take a third of a second.
 */
export const MAX_RESIZED_EDGE = 2 ** 28;

/** One axis of the whole transform: resize, crop to a part, and place that part in the output. */
interface PlannedAxis extends ResizeAxis {
  /** Pixels of the output before the resized part; they hold the fill colour. */
  readonly padding: number;
}

/** What to do with an image of a given size. */
export interface ResizePlan {
  /** Along the width. */
  readonly x: PlannedAxis;
  /** Along the height. */
  readonly y: PlannedAxis;
  /** Colour of the output where the resized image does not reach, RGB, 0 to 255. */
  readonly fill: readonly [number, number, number];
}

/** Height and width, pixels. */
type Size = readonly [height: number, width: number];

/**
 * Works out the sizes, offsets and padding of timm's evaluation transform.
 *
 * Source: timm 1.0.31, `timm/data/transforms_factory.py`, `transforms_imagenet_eval`, and
 * `timm/data/transforms.py`, `ResizeKeepRatio` and `CenterCropOrPad`; torchvision 0.29,
 * `torchvision/transforms/functional.py`, `resize` and `center_crop`.
 *
 * @throws FeaturetapError `IMAGE_LIMIT` when an edge is, or would become, too long or empty;
 * `OPTION_INVALID` when `cropPct` leaves nothing to resize to
 */
export function planResize(width: number, height: number, spec: PreprocessSpec): ResizePlan {
  const [, outHeight, outWidth] = spec.inputSize;
  const scaleSize: Size = [
    Math.floor(outHeight / spec.cropPct),
    Math.floor(outWidth / spec.cropPct),
  ];
  checkScale(scaleSize, spec);
  const [resizedHeight, resizedWidth] = resizedSize([height, width], scaleSize, spec.cropMode);
  checkEdges([height, width], [resizedHeight, resizedWidth]);
  return {
    x: planAxis(width, resizedWidth, outWidth),
    y: planAxis(height, resizedHeight, outHeight),
    fill: spec.cropMode === 'border' ? meanColour(spec.mean) : [0, 0, 0],
  };
}

function resizedSize(image: Size, scale: Size, cropMode: PreprocessSpec['cropMode']): Size {
  const [height, width] = image;
  const [scaleHeight, scaleWidth] = scale;
  if (cropMode === 'squash') return scale;
  if (cropMode === 'center' && scaleHeight === scaleWidth) {
    const long = Math.trunc((scaleHeight * Math.max(height, width)) / Math.min(height, width));
    return width <= height ? [long, scaleHeight] : [scaleHeight, long];
  }
  const ratios = [height / scaleHeight, width / scaleWidth];
  const ratio = cropMode === 'border' ? Math.max(...ratios) : Math.min(...ratios);
  return [roundHalfEven(height / ratio), roundHalfEven(width / ratio)];
}

function planAxis(from: number, to: number, out: number): PlannedAxis {
  if (out > to) return { from, to, first: 0, count: to, padding: Math.floor((out - to) / 2) };
  return { from, to, first: roundHalfEven((to - out) / 2), count: out, padding: 0 };
}

/** The mean as a colour; Pillow clips colours to a byte. */
function meanColour(mean: PreprocessSpec['mean']): ResizePlan['fill'] {
  const [red, green, blue] = mean.map((v) => Math.min(255, Math.max(0, roundHalfEven(255 * v))));
  return [red!, green!, blue!];
}

function checkScale(scale: Size, { inputSize, cropPct }: PreprocessSpec): void {
  if (Math.min(...scale) >= 1) return;
  throw new FeaturetapError(
    'OPTION_INVALID',
    `Expected a preprocessing whose inputSize / cropPct is at least one pixel, ` +
      `got ${inputSize.join(' x ')} / ${cropPct}. Lower cropPct.`,
  );
}

function checkEdges(image: Size, resized: Size): void {
  const [height, width] = image;
  if (Math.max(height, width) > MAX_SOURCE_EDGE) {
    throw new FeaturetapError(
      'IMAGE_LIMIT',
      `Expected an image with edges of at most ${MAX_SOURCE_EDGE} pixels, ` +
        `got ${width} x ${height}. Crop or shrink the image first.`,
    );
  }
  const [newHeight, newWidth] = resized;
  if (resized.every((edge) => edge >= 1 && edge <= MAX_RESIZED_EDGE)) return;
  throw new FeaturetapError(
    'IMAGE_LIMIT',
    `Expected an image that resizes to edges of 1 to ${MAX_RESIZED_EDGE} pixels, but ` +
      `${width} x ${height} would become ${newWidth} x ${newHeight} before the crop. ` +
      "Crop the image closer to a square, or use cropMode 'squash'.",
  );
}

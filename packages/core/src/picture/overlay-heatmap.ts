import { z } from 'zod';
import { checkRgbImage, type RgbImage } from '../image/rgb-image.js';
import { FeaturetapError } from '../spec/errors.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';

/** Options of {@link overlayHeatmap}. */
export interface OverlayOptions {
  /**
   * Share of the heatmap in the mixture, 0 to 1.
   *
   * @defaultValue 0.6
   */
  readonly alpha?: number;
}

const overlayOptionsSchema = strictOptions({ alpha: z.number().min(0).max(1).default(0.6) });

/**
 * Lays a heatmap over a picture of the same size.
 *
 * The picture is taken to grey first: its colours would be mistaken for those of the heatmap.
 *
 * @param image - what the model saw, such as the result of resizeAndCrop.
 * @throws FeaturetapError `INPUT_INVALID` when the sizes differ, `OPTION_INVALID`
 */
export function overlayHeatmap(
  image: RgbImage,
  heatmap: RgbImage,
  options: OverlayOptions = {},
): RgbImage {
  const { alpha } = parseWith(overlayOptionsSchema, options, 'options of overlayHeatmap');
  checkRgbImage(image);
  checkRgbImage(heatmap);
  const { width, height } = image;
  if (heatmap.width !== width || heatmap.height !== height) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected a heatmap of ${width} x ${height} pixels like the image, got ${heatmap.width} x ` +
        `${heatmap.height}. Give stageHeatmap the width and height of the image.`,
    );
  }
  const data = new Uint8Array(image.data.length);
  for (let i = 0; i < data.length; i += 3) {
    const grey = luma(image.data[i]!, image.data[i + 1]!, image.data[i + 2]!);
    for (let c = i; c < i + 3; c++) {
      data[c] = Math.round(grey * (1 - alpha) + heatmap.data[c]! * alpha);
    }
  }
  return { width, height, data };
}

/** Source of the weights: ITU-R BT.601, which Pillow's mode L uses too. */
function luma(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

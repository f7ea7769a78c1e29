import { z } from 'zod';
import type { RgbImage } from '../image/rgb-image.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../tensor/strict-options.js';
import { channelEnergy, type FeatureMap } from './channel-energy.js';
import { COLORMAP_SHADES, COLORMAPS, colormapTable, type Colormap } from './colormap.js';
import { robustRange } from './robust-range.js';
import { upsampleBilinear } from './upsample-bilinear.js';

/** Options of {@link stageHeatmap}. */
export interface HeatmapOptions {
  /**
   * Image of the batch.
   *
   * @defaultValue 0
   */
  readonly row?: number;
  /**
   * Width of the picture, pixels.
   *
   * @defaultValue the width of the stage
   */
  readonly width?: number;
  /**
   * Height of the picture, pixels.
   *
   * @defaultValue the height of the stage
   */
  readonly height?: number;
  /**
   * Colours from weak to strong.
   *
   * @defaultValue 'dusk'
   */
  readonly colormap?: Colormap;
}

const pixels = z.int().min(1).max(16_384);

const heatmapOptionsSchema = strictOptions({
  row: z.int().min(0).default(0),
  width: pixels.optional(),
  height: pixels.optional(),
  colormap: z.enum(COLORMAPS).default('dusk'),
});

/**
 * Draws where a stage responds: the root mean square of its channels at each position.
 *
 * Shades run from the 2nd to the 99.5th percentile of the positions inside the border, so that a few
 * extreme positions do not darken the rest. The picture shows what the model saw: the cropped image,
 * not the whole photo.
 *
 * @param stage - a map of layout `NCHW` or `NHWC`.
 * @throws FeaturetapError `INPUT_INVALID`, `OPTION_INVALID`
 */
export function stageHeatmap(stage: FeatureMap, options: HeatmapOptions = {}): RgbImage {
  const parsed = parseWith(heatmapOptionsSchema, options, 'options of stageHeatmap');
  const energy = channelEnergy(stage, parsed.row);
  const [low, high] = robustRange(energy);
  const width = parsed.width ?? energy.width;
  const height = parsed.height ?? energy.height;
  const { values } = upsampleBilinear(energy, width, height);
  const table = colormapTable(parsed.colormap);
  const scale = high > low ? (COLORMAP_SHADES - 1) / (high - low) : 0;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < values.length; i++) {
    const position = Math.round((values[i]! - low) * scale);
    const shade = Math.min(Math.max(position, 0), COLORMAP_SHADES - 1);
    data.set(table.subarray(shade * 3, shade * 3 + 3), i * 3);
  }
  return { width, height, data };
}

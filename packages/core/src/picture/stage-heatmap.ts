import { z } from 'zod';
import type { RgbImage } from '../image/rgb-image.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';
import { channelEnergy, type FeatureMap } from './channel-energy.js';
import { paintMap, paintOptionsShape, type PaintOptions } from './paint-map.js';

/** Options of {@link stageHeatmap}. */
export interface HeatmapOptions extends PaintOptions {
  /**
   * Image of the batch.
   *
   * @defaultValue 0
   */
  readonly row?: number;
}

const heatmapOptionsSchema = strictOptions({
  row: z.int().min(0).default(0),
  ...paintOptionsShape,
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
  return paintMap(channelEnergy(stage, parsed.row), parsed);
}

import { z } from 'zod';
import type { RgbImage } from '../image/rgb-image.js';
import type { EnergyMap } from './channel-energy.js';
import { COLORMAP_SHADES, COLORMAPS, colormapTable, type Colormap } from './colormap.js';
import { robustRange } from './robust-range.js';
import { upsampleBilinear } from './upsample-bilinear.js';

/** How a map is drawn. */
export interface PaintOptions {
  /**
   * Width of the picture, pixels.
   *
   * @defaultValue the width of the map
   */
  readonly width?: number;
  /**
   * Height of the picture, pixels.
   *
   * @defaultValue the height of the map
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

/** Members of the schemas of options that extend {@link PaintOptions}. */
export const paintOptionsShape = {
  width: pixels.optional(),
  height: pixels.optional(),
  colormap: z.enum(COLORMAPS).default('dusk'),
};

/** Options with the default filled in. */
interface ResolvedPaintOptions {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly colormap: Colormap;
}

/**
 * Draws a map in colours.
 *
 * Shades run from the 2nd to the 99.5th percentile of the positions inside the border, so that a few
 * extreme positions do not darken the rest.
 */
export function paintMap(map: EnergyMap, options: ResolvedPaintOptions): RgbImage {
  const [low, high] = robustRange(map);
  const { width = map.width, height = map.height } = options;
  const { values } = upsampleBilinear(map, width, height);
  const table = colormapTable(options.colormap);
  const scale = high > low ? (COLORMAP_SHADES - 1) / (high - low) : 0;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < values.length; i++) {
    const position = Math.round((values[i]! - low) * scale);
    const shade = Math.min(Math.max(position, 0), COLORMAP_SHADES - 1);
    data.set(table.subarray(shade * 3, shade * 3 + 3), i * 3);
  }
  return { width, height, data };
}

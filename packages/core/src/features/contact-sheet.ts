import { z } from 'zod';
import { checkRgbImage, type RgbImage } from '../image/rgb-image.js';
import type { FeatureMap } from '../picture/channel-energy.js';
import { COLORMAPS, type Colormap } from '../picture/colormap.js';
import { overlayHeatmap } from '../picture/overlay-heatmap.js';
import { stageHeatmap } from '../picture/stage-heatmap.js';
import { FeaturetapError } from '../spec/errors.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';

/** Options of {@link contactSheet}. */
export interface ContactSheetOptions {
  /**
   * What the model saw, such as the result of resizeAndCrop: becomes the first tile, and lies in grey
   * under the heatmaps.
   */
  readonly image?: RgbImage;
  /**
   * Tiles in a row.
   *
   * @defaultValue all of them
   */
  readonly columns?: number;
  /**
   * Image of the batch.
   *
   * @defaultValue 0
   */
  readonly row?: number;
  /**
   * Longer edge of a tile without an image, pixels; with an image, tiles have its size.
   *
   * @defaultValue 224
   */
  readonly tileSize?: number;
  /**
   * Share of the heatmap over the image, 0 to 1.
   *
   * @defaultValue 0.6
   */
  readonly alpha?: number;
  /**
   * Colours from weak to strong.
   *
   * @defaultValue 'dusk'
   */
  readonly colormap?: Colormap;
}

const contactSheetOptionsSchema = strictOptions({
  image: z.custom<RgbImage>((value) => typeof value === 'object' && value !== null).optional(),
  columns: z.int().min(1).optional(),
  row: z.int().min(0).default(0),
  tileSize: z.int().min(1).max(4096).default(224),
  alpha: z.number().min(0).max(1).optional(),
  colormap: z.enum(COLORMAPS).optional(),
});

/** Pixels of white between tiles. */
const GAP = 4;

/** Most pixels of a sheet: 192 MB of RGB, more than any viewer shows. */
const MAX_PIXELS = 2 ** 26;

/**
 * One picture of all stages: where each responds, low to high level, side by side.
 *
 * Each tile is what `stageHeatmap` draws, with its own scale; `encodePng` writes the sheet.
 *
 * @param record - of a run; its stages must be maps.
 * @throws FeaturetapError `INPUT_INVALID` (no stages, stages that are no maps, no such image),
 * `IMAGE_LIMIT` (a sheet of more than 2^26 pixels), `OPTION_INVALID`
 */
export function contactSheet(
  record: { readonly stages: readonly FeatureMap[] },
  options: ContactSheetOptions = {},
): RgbImage {
  const parsed = parseWith(contactSheetOptionsSchema, options, 'options of contactSheet');
  const { image, row, alpha, colormap } = parsed;
  const { stages } = record;
  if (!Array.isArray(stages) || stages.length === 0) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      'Expected a record with stages, got none. Run with the field stages, on a file that has them.',
    );
  }
  if (image !== undefined) checkRgbImage(image);
  const { width, height } = image ?? tileOf(stages[0] as FeatureMap, parsed.tileSize);
  const count = stages.length + (image === undefined ? 0 : 1);
  const columns = Math.min(parsed.columns ?? count, count);
  const sheet = blankSheet(columns, Math.ceil(count / columns), width, height);
  const heatmaps = record.stages.map((stage) => {
    const heatmap = stageHeatmap(stage, { row, width, height, ...(colormap && { colormap }) });
    if (image === undefined) return heatmap;
    return overlayHeatmap(image, heatmap, alpha === undefined ? {} : { alpha });
  });
  const tiles = image === undefined ? heatmaps : [image, ...heatmaps];
  tiles.forEach((tile, i) => {
    const left = (i % columns) * (width + GAP);
    const top = Math.floor(i / columns) * (height + GAP);
    for (let y = 0; y < height; y++) {
      const line = tile.data.subarray(y * width * 3, (y + 1) * width * 3);
      sheet.data.set(line, ((top + y) * sheet.width + left) * 3);
    }
  });
  return sheet;
}

/** Keeps the shape of the stage, whose positions cover the whole input. */
function tileOf({ layout, shape }: FeatureMap, edge: number): { width: number; height: number } {
  const [, second = 1, third = 1, fourth = 1] = shape;
  const [height, width] = layout === 'NHWC' ? [second, third] : [third, fourth];
  const scale = edge / Math.max(height, width, 1);
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

function blankSheet(columns: number, rows: number, tileWidth: number, tileHeight: number) {
  const width = columns * (tileWidth + GAP) - GAP;
  const height = rows * (tileHeight + GAP) - GAP;
  if (width * height > MAX_PIXELS) {
    throw new FeaturetapError(
      'IMAGE_LIMIT',
      `Expected a sheet of at most ${MAX_PIXELS} pixels, got ${width} x ${height}. ` +
        'Give a smaller image or tileSize.',
    );
  }
  return { width, height, data: new Uint8Array(width * height * 3).fill(255) };
}

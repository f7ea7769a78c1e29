import { z } from 'zod';
import type { RgbImage } from '../image/rgb-image.js';
import { upsampleBilinear } from '../picture/upsample-bilinear.js';
import { FeaturetapError } from '../spec/errors.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';
import { checkTensor, formatShape, type Tensor } from '../tensor/tensor.js';
import { toFloat32 } from '../tensor/to-float32.js';

/** Options of {@link mapToRgb}. */
export interface MapToRgbOptions {
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
}

const pixels = z.int().min(1).max(16_384);

const mapToRgbOptionsSchema = strictOptions({
  width: pixels.optional(),
  height: pixels.optional(),
});

/**
 * Makes a picture of three planes, such as those of `pcaMap`: 0 is black, 1 is full red, green, blue.
 *
 * Enlarged smoothly where a size is given. Values outside 0 to 1 are clipped, NaN is black.
 *
 * @param map - [3, H, W], float32 or float16.
 * @throws FeaturetapError `INPUT_INVALID` (another shape), `OPTION_INVALID`
 */
export function mapToRgb(
  map: Pick<Tensor, 'dtype' | 'shape' | 'data'>,
  options: MapToRgbOptions = {},
): RgbImage {
  const parsed = parseWith(mapToRgbOptionsSchema, options, 'options of mapToRgb');
  checkTensor(map, 'the map');
  const [planes, h = 0, w = 0] = map.shape;
  if (map.shape.length !== 3 || planes !== 3 || h * w === 0) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected three planes [3, H, W], got ${formatShape(map.shape)}. Give the result of pcaMap.`,
    );
  }
  const { width = w, height = h } = parsed;
  const values = Float64Array.from(toFloat32(map), (value) => (Number.isNaN(value) ? 0 : value));
  const data = new Uint8Array(width * height * 3);
  for (let plane = 0; plane < 3; plane++) {
    const part = values.subarray(plane * h * w, (plane + 1) * h * w);
    const enlarged = upsampleBilinear({ width: w, height: h, values: part }, width, height).values;
    enlarged.forEach((value, i) => {
      data[i * 3 + plane] = Math.round(Math.min(Math.max(value, 0), 1) * 255);
    });
  }
  return { width, height, data };
}

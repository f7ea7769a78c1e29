import type { Layout } from '../spec/layout.js';
import { FeaturetapError } from '../spec/errors.js';
import { formatShape, type Tensor } from '../tensor/tensor.js';
import { toFloat32 } from '../tensor/to-float32.js';

/** A feature map: a stage, or unpooled features that keep their positions. */
export interface FeatureMap extends Pick<Tensor, 'dtype' | 'shape'> {
  /** `NCHW` or `NHWC`. */
  readonly layout: Layout;
  /** All elements, float32 or float16 bits. */
  readonly data: Tensor['data'];
}

/** One value for each position of a map. */
export interface EnergyMap {
  /** Positions per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Row by row; 0 or more. */
  readonly values: Float64Array;
}

/**
 * How strongly the channels respond at each position: their root mean square.
 *
 * Squares weigh the few channels that respond to an object more than the many that hardly respond
 * to anything. Values that are no finite number count as 0.
 *
 * @param row - image of the batch, from 0.
 * @throws FeaturetapError `INPUT_INVALID` when this is no map, or the batch has no such image
 */
export function channelEnergy(map: FeatureMap, row = 0): EnergyMap {
  const { layout, shape } = map;
  const [rows = 0, second = 0, third = 0, fourth = 0] = shape;
  if ((layout !== 'NCHW' && layout !== 'NHWC') || shape.length !== 4) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected a map of layout NCHW or NHWC, got ${layout} ${formatShape(shape)}. ` +
        'Give a stage; tokens and vectors have no positions, nor have stages that the file reduces.',
    );
  }
  if (!Number.isInteger(row) || row < 0 || row >= rows) {
    throw new FeaturetapError('INPUT_INVALID', `Expected a row from 0 to ${rows - 1}, got ${row}.`);
  }
  const [channels, height, width] =
    layout === 'NCHW' ? [second, third, fourth] : [fourth, second, third];
  const positions = height * width;
  const size = channels * positions;
  const data = toFloat32({
    dtype: map.dtype,
    data: map.data.subarray(row * size, (row + 1) * size),
  });
  const values = new Float64Array(positions);
  for (let i = 0; i < size; i++) {
    const at = layout === 'NCHW' ? i % positions : Math.floor(i / channels);
    values[at]! += data[i]! ** 2;
  }
  for (let i = 0; i < positions; i++) {
    const energy = Math.sqrt(values[i]! / channels);
    values[i] = Number.isFinite(energy) ? energy : 0;
  }
  return { width, height, values };
}

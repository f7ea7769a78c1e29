import type { FeatureMap } from '../picture/channel-energy.js';
import { FeaturetapError } from '../spec/errors.js';
import { checkTensor, formatShape } from '../tensor/tensor.js';
import { toFloat32 } from '../tensor/to-float32.js';

/** A feature map as strides over its elements, whatever its layout. */
export interface MapView {
  /** Images of the batch, N. */
  readonly rows: number;
  /** Channels, C; at least 1. */
  readonly channels: number;
  /** Rows of positions, H; at least 1. */
  readonly height: number;
  /** Positions of a row, W; at least 1. */
  readonly width: number;
  /** Elements from one channel to the next. */
  readonly channelStride: number;
  /** Elements from one position to the next, row by row. */
  readonly positionStride: number;
  /**
   * The elements of one image as float32.
   *
   * @throws FeaturetapError `INPUT_INVALID` when the batch has no such image
   */
  image(row: number): Float32Array;
}

/**
 * Checks that a tensor is a map of layout NCHW or NHWC with channels and positions.
 *
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function mapView(map: FeatureMap): MapView {
  const { dtype, shape, layout, data } = map;
  checkTensor({ dtype, shape, data }, 'the map');
  const [rows = 0, second = 0, third = 0, fourth = 0] = shape;
  const [channels, height, width] =
    layout === 'NCHW' ? [second, third, fourth] : [fourth, second, third];
  const positions = height * width;
  if ((layout !== 'NCHW' && layout !== 'NHWC') || shape.length !== 4 || channels * positions < 1) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected a map of layout NCHW or NHWC with channels and positions, got ${layout} ` +
        `${formatShape(shape)}. Give a stage; tokens and vectors have no positions.`,
    );
  }
  // Also refuses other dtypes of an empty batch.
  toFloat32({ dtype, data: data.subarray(0, 0) });
  const size = channels * positions;
  return {
    rows,
    channels,
    height,
    width,
    channelStride: layout === 'NCHW' ? positions : 1,
    positionStride: layout === 'NCHW' ? 1 : channels,
    image(row) {
      if (!Number.isInteger(row) || row < 0 || row >= rows) {
        throw new FeaturetapError(
          'INPUT_INVALID',
          `Expected the index of one of ${rows} images, counted from 0, got ${row}.`,
        );
      }
      return toFloat32({ dtype, data: data.subarray(row * size, (row + 1) * size) });
    },
  };
}

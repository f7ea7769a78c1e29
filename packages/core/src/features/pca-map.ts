import { z } from 'zod';
import type { FeatureMap } from '../picture/channel-energy.js';
import { FeaturetapError } from '../spec/errors.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';
import type { Tensor } from '../tensor/tensor.js';
import { mapView, type MapView } from './map-view.js';
import { topEigen } from './top-eigen.js';

/** Options of {@link pcaMap}. */
export interface PcaMapOptions {
  /**
   * Image of the batch.
   *
   * @defaultValue 0
   */
  readonly row?: number;
  /**
   * Number of principal components, 1 to 16; three make a picture.
   *
   * @defaultValue 3
   */
  readonly components?: number;
}

const pcaMapOptionsSchema = strictOptions({
  row: z.int().min(0).default(0),
  components: z.int().min(1).max(16).default(3),
});

/** Components below this part of the first one's variance are rounding errors. */
const RANK_TOLERANCE = 1e-12;

/**
 * Shows what the channels of a map tell apart: the first principal components of its positions.
 *
 * Each position is a sample of C values. Its coordinates along the components of largest variance
 * are scaled to 0 to 1 over the picture, component by component; with three of them, positions of
 * similar features have similar colours. Sign: the coordinate that is farthest from 0 is positive.
 * Components that the map does not have (too few channels or positions, or no variance) are 0.
 *
 * Such pictures stand in Oquab et al., DINOv2: Learning Robust Visual Features without Supervision,
 * 2023, https://arxiv.org/abs/2304.07193, figure 1; there over several images.
 *
 * @param map - float32 or float16 map of layout `NCHW` or `NHWC`: a stage, or unpooled features.
 * @returns [components, H, W], 0 to 1; `mapToRgb` makes a picture of three
 * @throws FeaturetapError `INPUT_INVALID` (no map, no such image, NaN or infinity), `OPTION_INVALID`
 */
export function pcaMap(map: FeatureMap, options: PcaMapOptions = {}): Tensor<'float32'> {
  const { row, components } = parseWith(pcaMapOptionsSchema, options, 'options of pcaMap');
  const view = mapView(map);
  const { height, width, channels } = view;
  const positions = height * width;
  const centred = centredPositions(view, row);
  // The smaller of two matrices: their eigenvalues are the same, and their vectors tell each other.
  const byChannel = channels <= positions;
  const n = byChannel ? channels : positions;
  const products = byChannel ? columnProducts(centred, channels) : rowProducts(centred, channels);
  const { values, vectors } = topEigen(products, n, components);
  const data = new Float32Array(components * positions);
  vectors.forEach((vector, k) => {
    if (values[k]! <= RANK_TOLERANCE * values[0]!) return;
    const scores = byChannel ? project(centred, vector) : vector;
    data.set(scaled(scores), k * positions);
  });
  return { dtype: 'float32', shape: [components, height, width], data };
}

/** [P, C] with the mean of every channel taken away. */
function centredPositions(view: MapView, row: number): Float64Array {
  const { channels, height, width, channelStride, positionStride } = view;
  const data = view.image(row);
  const positions = height * width;
  const centred = new Float64Array(positions * channels);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let i = 0; i < positions; i++) sum += data[c * channelStride + i * positionStride]!;
    if (!Number.isFinite(sum)) {
      throw new FeaturetapError(
        'INPUT_INVALID',
        `Expected finite numbers in the map, got NaN or infinity in channel ${c} of image ${row}. ` +
          'Check the input of the run; float16 models overflow above 65504.',
      );
    }
    for (let i = 0; i < positions; i++) {
      const value = data[c * channelStride + i * positionStride]!;
      centred[i * channels + c] = value - sum / positions;
    }
  }
  return centred;
}

/** XᵀX, channels by channels. */
function columnProducts(x: Float64Array, channels: number): Float64Array {
  const products = new Float64Array(channels * channels);
  for (let start = 0; start < x.length; start += channels) {
    for (let i = 0; i < channels; i++) {
      const value = x[start + i]!;
      for (let j = i; j < channels; j++) products[i * channels + j]! += value * x[start + j]!;
    }
  }
  for (let i = 0; i < channels; i++) {
    for (let j = 0; j < i; j++) products[i * channels + j] = products[j * channels + i]!;
  }
  return products;
}

/** XXᵀ, positions by positions. */
function rowProducts(x: Float64Array, channels: number): Float64Array {
  const positions = x.length / channels;
  const products = new Float64Array(positions * positions);
  for (let i = 0; i < positions; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0; c < channels; c++) sum += x[i * channels + c]! * x[j * channels + c]!;
      products[i * positions + j] = sum;
      products[j * positions + i] = sum;
    }
  }
  return products;
}

function project(x: Float64Array, direction: Float64Array): Float64Array {
  const channels = direction.length;
  return Float64Array.from({ length: x.length / channels }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += x[i * channels + c]! * direction[c]!;
    return sum;
  });
}

/** To 0 to 1, turned so that the value farthest from 0 is positive. */
function scaled(scores: Float64Array): Float64Array {
  const farthest = scores.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
  const turned = farthest < 0 ? scores.map((score) => -score) : scores;
  const low = turned.reduce((a, b) => Math.min(a, b));
  const high = turned.reduce((a, b) => Math.max(a, b));
  return turned.map((score) => (score - low) / (high - low));
}

import { z } from 'zod';
import type { RgbImage } from '../image/rgb-image.js';
import type { FeatureMap } from '../picture/channel-energy.js';
import { paintMap, paintOptionsShape, type PaintOptions } from '../picture/paint-map.js';
import { FeaturetapError } from '../spec/errors.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';
import { formatShape } from '../tensor/tensor.js';
import { toFloat32 } from '../tensor/to-float32.js';
import type { ClassWeights } from './read-class-weights.js';

/** Which image and which class. */
export interface ClassActivationOptions {
  /** Index of the class: its position in the logits. */
  readonly classIndex: number;
  /**
   * Image of the batch.
   *
   * @defaultValue 0
   */
  readonly row?: number;
}

/** How much each position speaks for a class. */
export interface ClassActivationMap {
  /** Positions per row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Row by row; the mean over all, plus the classifier's bias, is the logit. */
  readonly values: Float64Array;
}

const index = z.int().min(0);
const optionsShape = { classIndex: index, row: index.default(0) };
const optionsSchema = strictOptions(optionsShape);
const pictureSchema = strictOptions({ ...optionsShape, ...paintOptionsShape });

/**
 * Computes a class activation map: at each position the sum of the channels of unpooled, weighted
 * as the classifier weighs them for one class (Zhou et al. 2016, arXiv:1512.04150).
 *
 * Exact for the heads that `readClassWeights` accepts: the mean of the map plus the bias is the
 * logit.
 *
 * @param unpooled - of layout `NCHW` or `NHWC`, D channels.
 * @param weights - [classes, D], from `readClassWeights`.
 * @throws FeaturetapError `INPUT_INVALID`, `OPTION_INVALID`
 */
export function classActivationMap(
  unpooled: FeatureMap,
  weights: ClassWeights,
  options: ClassActivationOptions,
): ClassActivationMap {
  const { classIndex, row } = parseWith(optionsSchema, options, 'options of classActivationMap');
  const { layout, shape } = unpooled;
  const [classes = 0, width = 0] = weights.shape;
  const [rows = 0, second = 0, third = 0, fourth = 0] = shape;
  const isMap = (layout === 'NCHW' || layout === 'NHWC') && shape.length === 4;
  const [channels, high, wide] =
    layout === 'NCHW' ? [second, third, fourth] : [fourth, second, third];
  if (!isMap || channels !== width || row >= rows || classIndex >= classes) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected unpooled of layout NCHW or NHWC with ${width} channels, a row below ${rows} and a ` +
        `class below ${classes}; got ${layout} ${formatShape(shape)}, row ${row}, class ${classIndex}. ` +
        'Unpooled and weights must come from the same file.',
    );
  }
  const positions = high * wide;
  const size = channels * positions;
  const data = toFloat32({
    dtype: unpooled.dtype,
    data: unpooled.data.subarray(row * size, (row + 1) * size),
  });
  const own = weights.data.subarray(classIndex * width, (classIndex + 1) * width);
  const values = new Float64Array(positions);
  for (let channel = 0; channel < channels; channel++) {
    const weight = own[channel]!;
    for (let at = 0; at < positions; at++) {
      const i = layout === 'NCHW' ? channel * positions + at : at * channels + channel;
      values[at]! += weight * data[i]!;
    }
  }
  return { width: wide, height: high, values };
}

/** Options of {@link classHeatmap}. */
export interface ClassHeatmapOptions extends ClassActivationOptions, PaintOptions {}

/**
 * Draws a class activation map: dark where a position speaks against the class or not at all, bright
 * where it speaks for it.
 *
 * @throws FeaturetapError as `classActivationMap`
 */
export function classHeatmap(
  unpooled: FeatureMap,
  weights: ClassWeights,
  options: ClassHeatmapOptions,
): RgbImage {
  const parsed = parseWith(pictureSchema, options, 'options of classHeatmap');
  const { classIndex, row } = parsed;
  const map = classActivationMap(unpooled, weights, { classIndex, row });
  const positive = map.values.map((value) => (value > 0 ? value : 0));
  return paintMap({ ...map, values: positive }, parsed);
}

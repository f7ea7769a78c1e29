import { z } from 'zod';
import type { FeatureMap } from '../picture/channel-energy.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';
import { featureVectors, type FeatureVectors } from './feature-vectors.js';
import { mapView, type MapView } from './map-view.js';

/** How {@link poolStage} reduces the positions of a channel to one value. */
export type PoolKind = 'avg' | 'max' | 'gem';

/** Options of {@link poolStage}. */
export type PoolStageOptions = PlainPoolOptions | GemPoolOptions;

/** Options of {@link poolStage} for kinds without parameters. */
export interface PlainPoolOptions {
  /** Mean or largest value over the positions. */
  readonly kind: Exclude<PoolKind, 'gem'>;
}

/** Options of {@link poolStage} for the generalised mean. */
export interface GemPoolOptions {
  /** Generalised mean over the positions. */
  readonly kind: 'gem';
  /**
   * Exponent: 1 is the mean of what is positive, large values approach the maximum.
   *
   * @defaultValue 3
   */
  readonly p?: number;
  /**
   * Smallest value that counts; lower ones, such as negative ones, count as this.
   *
   * @defaultValue 1e-6
   */
  readonly eps?: number;
}

const poolStageOptionsSchema = z.discriminatedUnion('kind', [
  strictOptions({ kind: z.literal('avg') }),
  strictOptions({ kind: z.literal('max') }),
  strictOptions({
    kind: z.literal('gem'),
    p: z.number().positive().default(3),
    eps: z.number().positive().default(1e-6),
  }),
]);

/** Reduces the values of one channel of one image. */
type Reduce = (data: Float32Array, start: number, stride: number, count: number) => number;

/**
 * Reduces each channel of a map to one value: [N, C, H, W] to vectors [N, C], float32.
 *
 * `avg` is the mean and `max` the largest value of the H * W positions; `gem` is
 * (mean(max(x, eps)^p))^(1/p), generalised-mean pooling. Sums are taken in float64. An empty batch
 * gives an empty result; NaN and infinity spread as in PyTorch, into their own channel only.
 *
 * Source of `gem`: Radenović, Tolias, Chum, Fine-tuning CNN Image Retrieval with No Human
 * Annotation, 2018, https://arxiv.org/abs/1711.02512, section 3.2.
 *
 * @param stage - float32 or float16 map of layout `NCHW` or `NHWC`.
 * @throws FeaturetapError `INPUT_INVALID` (no map), `OPTION_INVALID` (also `p` or `eps` without
 * `gem`)
 */
export function poolStage(stage: FeatureMap, options: PoolStageOptions): FeatureVectors {
  const parsed = parseWith(poolStageOptionsSchema, options, 'options of poolStage');
  const reduce =
    parsed.kind === 'gem' ? generalisedMean(parsed.p, parsed.eps) : REDUCE[parsed.kind];
  return pool(mapView(stage), reduce);
}

function pool(view: MapView, reduce: Reduce): FeatureVectors {
  const { rows, channels, height, width, channelStride, positionStride } = view;
  const pooled = new Float32Array(rows * channels);
  for (let row = 0; row < rows; row++) {
    const data = view.image(row);
    for (let c = 0; c < channels; c++) {
      pooled[row * channels + c] = reduce(data, c * channelStride, positionStride, height * width);
    }
  }
  return featureVectors(pooled, rows, channels);
}

const REDUCE: Readonly<Record<'avg' | 'max', Reduce>> = {
  avg(data, start, stride, count) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += data[start + i * stride]!;
    return sum / count;
  },
  max(data, start, stride, count) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) largest = Math.max(largest, data[start + i * stride]!);
    return largest;
  },
};

function generalisedMean(p: number, eps: number): Reduce {
  return (data, start, stride, count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += Math.max(data[start + i * stride]!, eps) ** p;
    return (sum / count) ** (1 / p);
  };
}

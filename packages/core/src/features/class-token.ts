import { z } from 'zod';
import type { Layout } from '../spec/layout.js';
import { FeaturetapError } from '../spec/errors.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';
import { checkTensor, formatShape, type Tensor } from '../tensor/tensor.js';
import { toFloat32 } from '../tensor/to-float32.js';
import { featureVectors, type FeatureVectors } from './feature-vectors.js';

/** Tokens of a transformer, as `unpooled` holds them. */
export interface FeatureTokens extends Pick<Tensor, 'dtype' | 'shape' | 'data'> {
  /** `NLC`, or `NCL` with the channels in front. */
  readonly layout: Layout;
}

/** Options of {@link classToken}. */
export interface ClassTokenOptions {
  /**
   * Position of the token, from 0.
   *
   * @defaultValue 0
   */
  readonly index?: number;
}

const classTokenOptionsSchema = strictOptions({ index: z.int().min(0).default(0) });

/**
 * Takes one token of each image: [N, L, C] to vectors [N, C], float32.
 *
 * The class token of timm's vision transformers is the first; a second one (distillation) and
 * registers follow it. Source: `vision_transformer.py`, `global_pool_nlc`, pool type `token`.
 * Values are copied as they are, NaN included; an empty batch gives an empty result.
 *
 * @param unpooled - float32 or float16 tokens of layout `NLC` or `NCL`.
 * @throws FeaturetapError `INPUT_INVALID` (no tokens, or fewer than `index`), `OPTION_INVALID`
 */
export function classToken(
  unpooled: FeatureTokens,
  options: ClassTokenOptions = {},
): FeatureVectors {
  const { index } = parseWith(classTokenOptionsSchema, options, 'options of classToken');
  const { dtype, shape, layout, data } = unpooled;
  checkTensor({ dtype, shape, data }, 'the tokens');
  const [rows = 0, second = 0, third = 0] = shape;
  const [tokens, channels] = layout === 'NCL' ? [third, second] : [second, third];
  if ((layout !== 'NLC' && layout !== 'NCL') || shape.length !== 3 || channels === 0) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected tokens of layout NLC or NCL, got ${layout} ${formatShape(shape)}. ` +
        'Give the unpooled features of a transformer; poolStage reduces maps.',
    );
  }
  if (index >= tokens) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected a token ${index}, got ${tokens} tokens, counted from 0.`,
    );
  }
  const values = toFloat32({ dtype, data });
  const vectors = new Float32Array(rows * channels);
  const [tokenStride, channelStride] = layout === 'NCL' ? [1, tokens] : [channels, 1];
  for (let row = 0; row < rows; row++) {
    const start = row * tokens * channels + index * tokenStride;
    for (let c = 0; c < channels; c++) {
      vectors[row * channels + c] = values[start + c * channelStride]!;
    }
  }
  return featureVectors(vectors, rows, channels);
}

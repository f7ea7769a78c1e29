import type { VectorsLike } from './feature-vectors.js';
import { scoreLogits } from './score-logits.js';

/**
 * The largest logit of each image: a score of how well it fits what the classifier was trained on.
 *
 * Higher means more in-distribution, as with every score here.
 * Source: Hendrycks et al., Scaling Out-of-Distribution Detection for Real-World Settings, 2022,
 * https://arxiv.org/abs/1911.11132 (MaxLogit; its anomaly score has the opposite sign).
 *
 * @param logits - [N, classes], float32 or float16.
 * @returns one score for each image, N values; none for an empty batch
 * @throws FeaturetapError `INPUT_INVALID` (no logits; NaN, or a largest logit that is infinite)
 */
export function maxLogitScore(logits: VectorsLike): Float64Array {
  return scoreLogits(logits, (_, largest) => largest);
}

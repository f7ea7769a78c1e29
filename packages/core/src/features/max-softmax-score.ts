import type { VectorsLike } from './feature-vectors.js';
import { scoreLogits } from './score-logits.js';

/**
 * The probability of the most probable class of each image, by softmax.
 *
 * Higher means more in-distribution, as with every score here.
 * Source: Hendrycks and Gimpel, A Baseline for Detecting Misclassified and Out-of-Distribution
 * Examples in Neural Networks, 2017, https://arxiv.org/abs/1610.02136.
 *
 * @param logits - [N, classes], float32 or float16.
 * @returns one score for each image, N values from 1 / classes to 1; none for an empty batch
 * @throws FeaturetapError `INPUT_INVALID` (no logits; NaN, or a largest logit that is infinite)
 */
export function maxSoftmaxScore(logits: VectorsLike): Float64Array {
  return scoreLogits(logits, (row, largest) => {
    let sum = 0;
    for (const logit of row) sum += Math.exp(logit - largest);
    return 1 / sum;
  });
}

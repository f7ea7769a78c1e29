import { z } from 'zod';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';
import type { VectorsLike } from './feature-vectors.js';
import { scoreLogits } from './score-logits.js';

/** Options of {@link energyScore}. */
export interface EnergyScoreOptions {
  /**
   * Divides the logits; above 1 it weighs the other classes more.
   *
   * @defaultValue 1
   */
  readonly temperature?: number;
}

const energyScoreOptionsSchema = strictOptions({ temperature: z.number().positive().default(1) });

/**
 * The negative free energy of each image, T * log(sum of exp(logit / T)).
 *
 * Higher means more in-distribution, as with every score here.
 * Source: Liu et al., Energy-based Out-of-distribution Detection, 2020,
 * https://arxiv.org/abs/2010.03759, equation 4 with the sign turned.
 *
 * @param logits - [N, classes], float32 or float16.
 * @returns one score for each image, N values; none for an empty batch
 * @throws FeaturetapError `INPUT_INVALID` (no logits; NaN, or a largest logit that is infinite),
 * `OPTION_INVALID`
 */
export function energyScore(logits: VectorsLike, options: EnergyScoreOptions = {}): Float64Array {
  const { temperature } = parseWith(energyScoreOptionsSchema, options, 'options of energyScore');
  return scoreLogits(logits, (row, largest) => {
    // The largest is taken out first, so that nothing overflows.
    let sum = 0;
    for (const logit of row) sum += Math.exp((logit - largest) / temperature);
    return largest + temperature * Math.log(sum);
  });
}

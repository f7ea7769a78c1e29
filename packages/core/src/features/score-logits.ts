import { FeaturetapError } from '../spec/errors.js';
import { checkVectors, type VectorsLike } from './feature-vectors.js';

/**
 * One score for each row of logits.
 *
 * A logit of minus infinity is taken as a class that was ruled out; NaN and rows whose largest logit
 * is infinite are refused.
 *
 * @param score - of a row and its largest logit.
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function scoreLogits(
  logits: VectorsLike,
  score: (row: Float32Array, largest: number) => number,
): Float64Array {
  const { rows, width, data } = checkVectors(logits, 'the logits');
  return Float64Array.from({ length: rows }, (_, index) => {
    const row = data.subarray(index * width, (index + 1) * width);
    // Math.max gives NaN as soon as one value is NaN.
    const largest = row.reduce((a, b) => Math.max(a, b));
    if (!Number.isFinite(largest)) {
      throw new FeaturetapError(
        'INPUT_INVALID',
        `Expected logits that are finite numbers, got ${largest} in row ${index}. ` +
          'Check the input of the run; float16 models overflow above 65504.',
      );
    }
    return score(row, largest);
  });
}

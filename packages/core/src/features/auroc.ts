import { FeaturetapError } from '../spec/errors.js';

/**
 * How well a score tells two sets apart: the part of pairs in which the in-distribution image scores
 * higher, ties counting half. 1 is perfect, 0.5 is chance.
 *
 * This is the area under the receiver operating characteristic, by ranks (Mann-Whitney U); infinite
 * scores have their place in the order.
 *
 * @param inDistribution - scores, higher means more in-distribution; at least one.
 * @param outOfDistribution - scores of the other set; at least one.
 * @throws FeaturetapError `INPUT_INVALID` when a set is empty or a score is NaN
 */
export function auroc(
  inDistribution: ArrayLike<number>,
  outOfDistribution: ArrayLike<number>,
): number {
  const inside = sorted(inDistribution, 'in-distribution');
  const outside = sorted(outOfDistribution, 'out-of-distribution');
  let pairs = 0;
  let [below, upTo] = [0, 0];
  for (const score of inside) {
    while (below < outside.length && outside[below]! < score) below++;
    while (upTo < outside.length && outside[upTo]! <= score) upTo++;
    pairs += (below + upTo) / 2;
  }
  return pairs / (inside.length * outside.length);
}

function sorted(scores: ArrayLike<number>, which: string): Float64Array {
  const values = Float64Array.from(scores);
  if (values.length === 0 || values.some(Number.isNaN)) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected at least one ${which} score and no NaN among them, got ${values.length} scores.`,
    );
  }
  return values.sort();
}

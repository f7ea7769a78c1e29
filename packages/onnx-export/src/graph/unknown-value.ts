import { FeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { similarNames } from './similar-names.js';

/** Reports a value that the graph does not have, with names that may have been meant. */
export function unknownValue(name: string, known: Iterable<string>): FeaturetapError {
  const similar = similarNames(name, known).map((one) => printableName(one));
  return new FeaturetapError(
    'TAP_NOT_FOUND',
    `Expected a value of the graph named "${printableName(name)}", found none` +
      `${similar.length > 0 ? `; did you mean ${similar.join(' or ')}?` : '.'} ` +
      "List values with: featuretap inspect MODEL --values '*'",
  );
}

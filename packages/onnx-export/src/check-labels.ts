import { FeaturetapError, type Dim } from '@featuretap/core/spec';

/** @throws FeaturetapError `OPTION_INVALID` unless there is one name for each class. */
export function checkLabels(labels: readonly string[], classes: Dim | undefined): void {
  const isList = Array.isArray(labels) && labels.every((label) => typeof label === 'string');
  if (isList && (typeof classes !== 'number' || labels.length === classes)) return;
  throw new FeaturetapError(
    'OPTION_INVALID',
    `Expected ${String(classes)} labels, one for each class, got ` +
      `${isList ? String(labels.length) : 'something else than a list of texts'}. Give them in the ` +
      'order of the logits.',
  );
}

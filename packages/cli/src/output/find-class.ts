import { printableName, printableNames } from '@featuretap/core/wire';
import { closest, distance } from 'fastest-levenshtein';
import { usageError } from '../options.js';

/** Labels that a message names. */
const MAX_SUGGESTIONS = 5;

/**
 * Index of a class that was given by its name or its number.
 *
 * @param classes - classes that the classifier knows.
 * @throws FeaturetapError `OPTION_INVALID` for any other, with labels that may have been meant
 */
export function findClass(
  wanted: string,
  labels: readonly string[] | null,
  classes: number,
): number {
  const lower = wanted.toLowerCase();
  const known = labels?.slice(0, classes).map((label) => label.toLowerCase()) ?? [];
  const found = known.indexOf(lower);
  if (found >= 0) return found;
  if (/^\d{1,9}$/u.test(wanted) && Number(wanted) < classes) return Number(wanted);
  const kinds = labels === null ? ' (the file has no labels; see --labels)' : ' or a label';
  const similar = similarLabels(lower, known).map((label) => labels![known.indexOf(label)]!);
  const hint = similar.length === 0 ? '' : ` Did you mean ${printableNames(similar)}?`;
  throw usageError(
    `Expected --class to be a number below ${classes}${kinds}, got ${printableName(wanted, 80)}.${hint}`,
  );
}

/** Labels that the text is a part of, or else the one that differs from it in few letters. */
function similarLabels(wanted: string, labels: readonly string[]): string[] {
  const longer = labels.filter((label) => label.includes(wanted));
  if (longer.length > 0) return longer.slice(0, MAX_SUGGESTIONS);
  if (labels.length === 0) return [];
  const nearest = closest(wanted, labels);
  return distance(wanted, nearest) <= Math.max(2, wanted.length / 3) ? [nearest] : [];
}

import { distance } from 'fastest-levenshtein';

/** Longest name that is compared: the cost grows with its length, and few names are longer. */
const MAX_LENGTH = 160;

/** Longest name that is searched for the wanted one. */
const MAX_SEARCHED_LENGTH = 2048;

/** Shortest name that is looked for in others: shorter ones are everywhere. */
const MIN_PART_LENGTH = 3;

/** Names that are looked at: what comes behind is not worth the wait. */
const MAX_NAMES = 200_000;

/** Pairs of letters that are compared; each takes about a nanosecond. */
const MAX_PAIRS = 300_000_000;

/** Length of what two names share at their start. */
function sharedStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

/** Number of edits between two names; what they begin and end with alike costs nothing. */
function edits(a: string, b: string): number {
  const start = sharedStart(a, b);
  let end = 0;
  const most = Math.min(a.length, b.length) - start;
  while (end < most && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return distance(a.slice(start, a.length - end), b.slice(start, b.length - end));
}

/**
 * Names that may have been meant by one that does not exist, the likeliest first: names that differ
 * in a few letters, then names that it is a part of, the shortest first.
 *
 * Upper and lower case count as equal. The time is bounded: of very many or very long names, some
 * are not looked at.
 */
export function similarNames(wanted: string, names: Iterable<string>, limit = 5): string[] {
  if (wanted === '' || wanted.length > MAX_LENGTH) return [];
  const lower = wanted.toLowerCase();
  // A third of the letters may be wrong; beyond that a suggestion is noise.
  const most = Math.max(2, Math.floor(wanted.length / 3));
  const near: { readonly name: string; readonly cost: number }[] = [];
  let seen = 0;
  let pairs = 0;
  for (const name of names) {
    if (++seen > MAX_NAMES) break;
    if (name.length > MAX_SEARCHED_LENGTH) continue;
    const candidate = name.toLowerCase();
    // The difference in length is a lower bound of the distance, and free.
    const isNear = Math.abs(name.length - wanted.length) <= most;
    if (isNear) pairs += name.length * wanted.length;
    const cost = isNear && pairs <= MAX_PAIRS ? edits(lower, candidate) : Infinity;
    if (cost <= most) near.push({ name, cost });
    else if (lower.length >= MIN_PART_LENGTH && candidate.includes(lower)) {
      near.push({ name, cost: most + candidate.length });
    }
  }
  near.sort((a, b) => a.cost - b.cost);
  return near.slice(0, limit).map(({ name }) => name);
}

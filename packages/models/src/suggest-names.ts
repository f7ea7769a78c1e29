import { distance } from 'fastest-levenshtein';

/** Longest name that is compared: the cost grows with its length, and no real name is longer. */
const MAX_LENGTH = 120;

/** Returns up to `count` of the known names that are near `name`, the nearest first. */
export function suggestNames(name: string, known: Iterable<string>, count: number): string[] {
  if (name.length > MAX_LENGTH) return [];
  // A third of the letters may be wrong; beyond that a suggestion is noise.
  const limit = Math.max(2, Math.floor(name.length / 3));
  const near: { candidate: string; edits: number }[] = [];
  for (const candidate of known) {
    // The difference in length is a lower bound of the distance, and free.
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const edits = distance(name, candidate);
    if (edits <= limit) near.push({ candidate, edits });
  }
  near.sort((a, b) => a.edits - b.edits);
  return near.slice(0, count).map(({ candidate }) => candidate);
}

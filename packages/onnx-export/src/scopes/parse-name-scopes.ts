/** Longest repr that is parsed, characters. */
const MAX_REPR_LENGTH = 1 << 16;

/**
 * Parses the Python repr of a list of strings, such as `['', 'layer1', 'conv2d']`.
 *
 * Strict: anything but quoted strings and commas gives null. Nothing is evaluated.
 */
export function parseNameScopes(repr: string): string[] | null {
  if (repr.length > MAX_REPR_LENGTH || !repr.startsWith('[') || !repr.endsWith(']')) return null;
  const items: string[] = [];
  const end = repr.length - 1;
  let at = 1;
  while (at < end) {
    const quote = repr[at];
    if (quote !== "'" && quote !== '"') return null;
    let item = '';
    for (at++; at < end && repr[at] !== quote; at++) {
      if (repr[at] === '\\') at++;
      item += repr[at] ?? '';
    }
    if (at >= end) return null;
    items.push(item);
    at++;
    if (at === end) break;
    if (!repr.startsWith(', ', at)) return null;
    at += 2;
  }
  return items;
}

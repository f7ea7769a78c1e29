/** Random numbers that follow from a seed alone, so that every case can be made again. */
export interface Random {
  /** A whole number from 0 to `limit` - 1; 0 when `limit` is less than 1. */
  int(limit: number): number;
  /** True once in `n` calls on average. */
  oneIn(n: number): boolean;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
}

/** Seeds whose sequences are unrelated, from any text (FNV-1a). */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  }
  return state >>> 0;
}

/**
 * A generator of random numbers (mulberry32, public domain, Tommy Ettinger).
 *
 * @param seed - any text; equal texts give equal sequences.
 */
export function createRandom(seed: string): Random {
  let state = hash(seed);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const int = (limit: number): number => (limit < 1 ? 0 : next() % limit);
  return {
    int,
    oneIn: (n) => int(n) === 0,
    pick: (items) => items[int(items.length)]!,
  };
}

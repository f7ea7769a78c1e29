/** Resamples of a bootstrap interval. */
const RESAMPLES = 4000;

/** Share of resamples that an interval leaves out at each end: a 95 % interval. */
const TAIL = 0.025;

/** A number with an interval. */
export interface Interval {
  /** The estimate. */
  readonly value: number;
  /** Lower end. */
  readonly low: number;
  /** Upper end. */
  readonly high: number;
}

/** The middle of numbers; of an even count, the mean of the middle two. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Median, smallest and largest. */
export function spread(numbers: readonly number[]): Interval {
  return { value: median(numbers), low: Math.min(...numbers), high: Math.max(...numbers) };
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same items in an order that the random numbers give. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/**
 * Compares two series that were taken in the same rounds, with a 95 % percentile bootstrap interval.
 *
 * Whole rounds are drawn, so that a slow moment of the machine, which meets both, does not count
 * twice.
 *
 * @param compare - what to make of the two medians.
 */
export function comparePaired(
  first: readonly number[],
  second: readonly number[],
  compare: (a: number, b: number) => number,
): Interval {
  return bootstrap(first, second, (a, b) => compare(median(a), median(b)));
}

/**
 * How many times the second the first is: the median of the rounds' ratios, with a 95 % percentile
 * bootstrap interval over rounds.
 *
 * A round has one sample of each, taken next to each other: whatever slows a whole round leaves its
 * ratio alone.
 */
export function medianRatio(first: readonly number[], second: readonly number[]): Interval {
  return bootstrap(first, second, (a, b) => median(a.map((value, round) => value / b[round]!)));
}

function bootstrap(
  first: readonly number[],
  second: readonly number[],
  figure: (a: readonly number[], b: readonly number[]) => number,
): Interval {
  if (first.length !== second.length || first.length === 0) {
    throw new Error(
      `Expected two series of equal length, got ${first.length} and ${second.length}.`,
    );
  }
  const random = seededRandom(first.length);
  const draws: number[] = [];
  for (let draw = 0; draw < RESAMPLES; draw++) {
    const rounds = first.map(() => Math.floor(random() * first.length));
    const a = rounds.map((round) => first[round]!);
    const b = rounds.map((round) => second[round]!);
    draws.push(figure(a, b));
  }
  draws.sort((a, b) => a - b);
  const at = (share: number): number => draws[Math.round(share * (RESAMPLES - 1))]!;
  return { value: figure(first, second), low: at(TAIL), high: at(1 - TAIL) };
}

/** How many times the second the first is. */
export const ratio = (a: number, b: number): number => a / b;

/** By how much the first is more than the second. */
export const difference = (a: number, b: number): number => a - b;

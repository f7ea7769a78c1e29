import { FeaturetapError } from '@featuretap/core/spec';

/**
 * Bytes that inlining may write.
 *
 * A body is written once for each call on the way to a value, and prefixes make names longer; a
 * file can be made so that both multiply. Real bodies are a few hundred kB.
 */
export const MAX_INLINED_BYTES = 1 << 26;

/** Refuses to write more than {@link MAX_INLINED_BYTES}. */
export function refuseLargeInlining(bytes: number): void {
  if (bytes <= MAX_INLINED_BYTES) return;
  throw new FeaturetapError(
    'MODEL_LIMIT',
    `Expected inlined calls of at most ${MAX_INLINED_BYTES} bytes, got more. ` +
      'No image classifier needs that; the file is hostile or damaged.',
  );
}

/** Names values of an inlined body, and counts what is written. */
export interface InlineNames {
  /** What stands before each name. */
  readonly prefix: string;
  /** Names that were given, so far. */
  readonly given: ReadonlySet<string>;
  /** The name for a value of the body, made free. */
  readonly fresh: (name: string) => string;
  /**
   * Counts bytes that are to be written.
   *
   * @throws FeaturetapError `MODEL_LIMIT`
   */
  readonly spend: (bytes: number) => void;
}

/**
 * Starts the naming of one inlined body.
 *
 * @param isTaken - whether a value of a name exists where the body goes.
 */
export function inlineNames(prefix: string, isTaken: (name: string) => boolean): InlineNames {
  const given = new Set<string>();
  // Bodies of many branches use one name many times: go on counting where the last search ended.
  const nextSuffix = new Map<string, number>();
  let spent = 0;
  const spend = (bytes: number): void => {
    spent += bytes;
    refuseLargeInlining(spent);
  };
  const fresh = (name: string): string => {
    const wanted = `${prefix}${name}`;
    let suffix = nextSuffix.get(wanted) ?? 0;
    let free = suffix === 0 ? wanted : `${wanted}_${suffix}`;
    while (given.has(free) || isTaken(free)) free = `${wanted}_${++suffix}`;
    nextSuffix.set(wanted, suffix + 1);
    given.add(free);
    spend(free.length);
    return free;
  };
  return { prefix, given, fresh, spend };
}

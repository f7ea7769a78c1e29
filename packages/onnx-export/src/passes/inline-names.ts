import { FeaturetapError } from '@featuretap/core/spec';
import { decodeName, encodeName } from '@featuretap/core/wire';
import { concatBytes } from '../proto/encode.js';

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

/** Gives names to what an inlined body makes. */
interface Naming {
  /** Names that were given, so far. */
  readonly given: ReadonlySet<string>;
  /** The prefixed name, made free. */
  readonly fresh: (name: string) => string;
}

/** What the parts of an inlined body are named, and how much is written. */
export interface InlineNames {
  /** Names of values. */
  readonly values: Naming;
  /** Names of nodes; onnxruntime refuses a graph with two nodes of one name. */
  readonly nodes: Naming;
  /**
   * Counts bytes that are to be written.
   *
   * @throws FeaturetapError `MODEL_LIMIT`
   */
  readonly spend: (bytes: number) => void;
}

/** What {@link inlineNames} asks about the graph that a body goes to. */
export interface TakenNames {
  /** Stands before each name. */
  readonly prefix: string;
  /** Whether a value of a name exists there. */
  readonly isTaken: (name: string) => boolean;
  /** Whether a node of a name exists there. */
  readonly isNodeTaken: (name: string) => boolean;
}

/** Starts the naming of one inlined body. */
export function inlineNames({ prefix, isTaken, isNodeTaken }: TakenNames): InlineNames {
  let spent = 0;
  const spend = (bytes: number): void => {
    spent += bytes;
    refuseLargeInlining(spent);
  };
  return {
    values: naming(prefix, isTaken, spend),
    nodes: naming(prefix, isNodeTaken, spend),
    spend,
  };
}

function naming(
  prefix: string,
  isTaken: (name: string) => boolean,
  spend: (bytes: number) => void,
): Naming {
  const given = new Set<string>();
  const isPrefixText = isText(prefix);
  // Bodies of many branches use one name many times: go on counting where the last search ended.
  const nextSuffix = new Map<string, number>();
  const fresh = (name: string): string => {
    spend(prefix.length + name.length);
    const wanted = joinNames(prefix, name, isPrefixText);
    let suffix = nextSuffix.get(wanted) ?? 0;
    let free = suffix === 0 ? wanted : `${wanted}_${suffix}`;
    while (given.has(free) || isTaken(free)) free = `${wanted}_${++suffix}`;
    nextSuffix.set(wanted, suffix + 1);
    given.add(free);
    return free;
  };
  return { given, fresh };
}

/** Whether a name is valid UTF-8; see `decodeName`. */
function isText(name: string): boolean {
  return !/[\udc80-\udcff]/u.test(name);
}

/** One name behind the other: as bytes, when one of them is not valid UTF-8. */
export function joinNames(first: string, second: string, isFirstText = isText(first)): string {
  if (isFirstText && isText(second)) return first + second;
  return decodeName(concatBytes([encodeName(first), encodeName(second)]));
}

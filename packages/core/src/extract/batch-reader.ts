import { FeaturetapError, isFeaturetapError } from '../spec/errors.js';
import { formatShape } from '../tensor/tensor.js';
import type { ExtractorInput, ItemPlan } from './plan-batch.js';
import type { StreamSource } from './stream-method.js';

/** An item of the source: ready to be posted, or why it cannot be. */
export interface ReadItem<I> {
  /** Position in the source, from 0. */
  readonly index: number;
  /** The item as the source gave it. */
  readonly item: I;
  /** What to post, or the error of the item. */
  readonly plan: ItemPlan | FeaturetapError;
}

/** How {@link createBatchReader} makes batches. */
export interface BatchReaderOptions {
  /** Items of a batch, at most. */
  readonly batchSize: number;
  /** Checks an item and copies what the caller owns; its errors belong to the item. */
  readonly plan: (item: ExtractorInput) => ItemPlan;
}

/** Reads a source in batches. */
export interface BatchReader<I> {
  /** The next items of the source whose images have the same shape; null at its end. */
  readonly next: () => Promise<readonly ReadItem<I>[] | null>;
  /** Tells the source that no more is wanted; does not wait for an item that it still owes. */
  readonly close: () => Promise<void>;
}

/**
 * Makes batches of a source: a batch ends when it is full, or before an image of another shape.
 *
 * An error of the source comes after the items before it.
 *
 * @throws FeaturetapError `INPUT_INVALID` when the source is no iterable of items
 */
export function createBatchReader<I extends ExtractorInput>(
  source: StreamSource<I>,
  { batchSize, plan }: BatchReaderOptions,
): BatchReader<I> {
  const open = iteratorOf(source);
  let iterator: Iterator<I> | AsyncIterator<I> | null = null;
  let over = false;
  // A function: the compiler does not see that `close` runs while `read` waits.
  const isOver = (): boolean => over;
  let isReading = false;
  let failure: { readonly error: unknown } | null = null;
  let count = 0;
  let kept: ReadItem<I> | null = null;

  async function read(): Promise<ReadItem<I> | null> {
    if (isOver()) return null;
    isReading = true;
    try {
      iterator ??= open();
      const step = await iterator.next();
      // Closed meanwhile: what comes late is not wanted.
      if (isOver()) return null;
      if (step.done === true) {
        over = true;
        return null;
      }
      return { index: count++, item: step.value, plan: planOf(step.value, plan) };
    } catch (error) {
      // By the protocol of iterators one that threw is not closed.
      over = true;
      failure = { error };
      return null;
    } finally {
      isReading = false;
    }
  }

  return {
    async next() {
      const batch: ReadItem<I>[] = [];
      let sample: readonly number[] | null = null;
      while (batch.length < batchSize) {
        const entry: ReadItem<I> | null = kept ?? (await read());
        kept = null;
        if (entry === null) break;
        if (!(entry.plan instanceof Error)) {
          if (sample !== null && formatShape(sample) !== formatShape(entry.plan.sample)) {
            kept = entry;
            break;
          }
          sample = entry.plan.sample;
        }
        batch.push(entry);
      }
      if (batch.length > 0) return batch;
      if (failure !== null) throw failure.error;
      return null;
    },
    async close() {
      if (isOver()) return;
      over = true;
      const closing = Promise.resolve(iterator?.return?.());
      if (isReading) closing.catch(() => undefined);
      else await closing;
    },
  };
}

/** Callers without types may give anything; a string is an iterable of letters. */
function iteratorOf<I>(
  source: Iterable<I> | AsyncIterable<I>,
): () => Iterator<I> | AsyncIterator<I> {
  const given: unknown = source;
  if (typeof given === 'object' && given !== null && !ArrayBuffer.isView(given)) {
    if (Symbol.asyncIterator in given) {
      return () => (given as AsyncIterable<I>)[Symbol.asyncIterator]();
    }
    if (Symbol.iterator in given) return () => (given as Iterable<I>)[Symbol.iterator]();
  }
  const got = typeof given === 'object' ? 'one that is not' : `a ${typeof given}`;
  throw new FeaturetapError(
    'INPUT_INVALID',
    `Expected a list, an iterable or an async iterable of inputs, got ${got}. Put a single input ` +
      'into a list, or use `run`.',
  );
}

function planOf(item: ExtractorInput, plan: BatchReaderOptions['plan']): ReadItem<never>['plan'] {
  try {
    return plan(item);
  } catch (error) {
    return toItemError(error);
  }
}

/** The error of an item: errors that are none of ours become one, with them as the cause. */
export function toItemError(error: unknown): FeaturetapError {
  if (isFeaturetapError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new FeaturetapError(
    'RUNTIME_FAILED',
    `Expected a record of the item, but it failed: ${reason}. Run it by itself to see where.`,
    { cause: error },
  );
}

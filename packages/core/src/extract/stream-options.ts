import { z } from 'zod';
import type { FieldName } from '../spec/manifest.js';
import type { FeaturetapError } from '../spec/errors.js';
import { runOptionsSchema, type RunOptions } from './extractor-options.js';
import { strictOptions } from '../spec/strict-options.js';

/** Largest batch and look-ahead that can be asked for; against typing errors, not machines. */
const MAX_COUNT = 65_536;

/** How far a stream has come. */
export interface StreamProgress {
  /** Items that are finished, in the order of the source; failed ones among them. */
  readonly done: number;
  /** Items that gave an error. */
  readonly failed: number;
}

/** What a stream does with an item that fails: gives its error in its place, or ends with it. */
export type StreamErrorMode = 'yield' | 'throw';

/** Options of a stream. */
export interface StreamOptions<F extends FieldName = FieldName> extends RunOptions<F> {
  /**
   * Images of one forward pass. The last batch may be smaller.
   *
   * @defaultValue 8; for a file with a fixed batch of N the multiple of N next below, at least N
   */
  readonly batchSize?: number;
  /**
   * Batches that are read and queued beyond the ones that run, so that workers find work at hand.
   * The source is read ahead by at most `batchSize * (prefetch + workers)` items.
   *
   * @defaultValue one for each worker, at least 2
   */
  readonly prefetch?: number;
  /**
   * What an item that fails does: its error comes in its place, or the stream ends with it.
   *
   * @defaultValue 'yield'
   */
  readonly onError?: StreamErrorMode;
  /** Called each time a batch has come back, before its items are given out. */
  readonly onProgress?: (progress: StreamProgress) => void;
}

/** Stream options that leave out `K`, which change what comes back; for overloads of `stream`. */
export type StreamOptionsWithout<K extends 'fields' | 'extras'> = Omit<
  StreamOptions,
  'fields' | 'extras'
> &
  Partial<Record<K, never>>;

/** An item of a stream that was run. */
export interface StreamRecord<I, R> {
  /** Position in the source, from 0. */
  readonly index: number;
  /** The item as the source gave it. */
  readonly item: I;
  /**
   * Its record: tensors of one row.
   *
   * They are views of the whole batch, which stays in memory as long as one of them does: copy
   * (`data.slice()`) what is kept of a few items among many.
   */
  readonly record: R;
  /** Absent: the item did not fail. */
  readonly error?: undefined;
}

/** An item of a stream that failed. */
export interface StreamFailure<I> {
  /** Position in the source, from 0. */
  readonly index: number;
  /** The item as the source gave it. */
  readonly item: I;
  /** Why it has no record. */
  readonly error: FeaturetapError;
  /** Absent: the item failed. */
  readonly record?: undefined;
}

/** What a stream gives for each item of its source: a record or an error. */
export type StreamResult<I, R> = StreamRecord<I, R> | StreamFailure<I>;

/** Schema of {@link StreamOptions}; unknown options are refused. */
export const streamOptionsSchema = strictOptions({
  ...runOptionsSchema.shape,
  /** Images of one forward pass. */
  batchSize: z.int().min(1).max(MAX_COUNT).optional(),
  /** Batches that are queued beyond those that run. */
  prefetch: z.int().min(0).max(MAX_COUNT).optional(),
  /** What an item that fails does. */
  onError: z.enum(['yield', 'throw']).default('yield'),
  /** Called for each batch. */
  onProgress: z.custom<(progress: StreamProgress) => void>(isFunction, 'a function').optional(),
});

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

import { availableParallelism } from 'node:os';
import type { Profile } from './extractor-options.js';

/** Threads of a pool: as many workers, each with as many threads for one operator. */
export interface PoolSize {
  /** Most workers; each holds the model. */
  readonly workers: number;
  /** Workers that load the model before the first run; the others when batches wait for one. */
  readonly started: number;
  /** Threads of one operator, per worker. */
  readonly threads: number;
}

/** What the caller says of it. */
export interface PoolWishes {
  /** How the cores are shared out where the counts are not given. */
  readonly profile: Profile;
  /** Worker threads. */
  readonly workers?: number | undefined;
  /** Threads of one operator, per worker. */
  readonly threads?: number | undefined;
}

/**
 * Shares the cores out; counts that the caller gives stand as they are.
 *
 * @param cores - cores that this process may use.
 */
export function poolSize(wishes: PoolWishes, cores = availableParallelism()): PoolSize {
  const share = (parts: number): number => Math.max(1, Math.floor(cores / parts));
  // A count that the caller gives is what the model is to be held by; one that the machine gives is
  // only how far it may go.
  const { workers: started = 1 } = wishes;
  if (wishes.profile === 'throughput') {
    const { threads = 1, workers = share(threads) } = wishes;
    return { workers, started, threads };
  }
  const { threads = share(started) } = wishes;
  return { workers: started, started, threads };
}

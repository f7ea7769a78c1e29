import { availableCores } from './available-cores.js';
import type { Profile } from './extractor-options.js';

/** Size of a pool: as many workers, each with as many threads for one operator. */
export interface PoolSize {
  /** Workers; each holds the model. */
  readonly workers: number;
  /** Threads of one operator, per worker. */
  readonly threads: number;
}

/** What the caller says of it. */
export interface PoolWishes {
  /** How the cores are shared out where the counts are not given. */
  readonly profile: Profile;
  /** Workers. */
  readonly workers?: number | undefined;
  /** Threads of one operator, per worker. */
  readonly threads?: number | undefined;
}

/**
 * Shares the cores out; counts that the caller gives stand as they are.
 *
 * @param cores - cores that this process may use.
 */
export function poolSize(wishes: PoolWishes, cores = availableCores()): PoolSize {
  const share = (parts: number): number => Math.max(1, Math.floor(cores / parts));
  if (wishes.profile === 'throughput') {
    const { threads = 1, workers = share(threads) } = wishes;
    return { workers, threads };
  }
  const { workers = 1, threads = share(workers) } = wishes;
  return { workers, threads };
}

import type { WriteOptions } from '@featuretap/core/node';
import type { PlanOptions } from '../plan-taps.js';
import type { WeightsMode } from './plan-weights.js';

/** How an operation on a model file writes what it makes. */
export interface FileOptions extends WriteOptions {
  /**
   * Whether the weights that are needed are copied into what is written, or stay in the original,
   * which must then be beside it.
   *
   * @defaultValue 'copy'
   */
  readonly weights?: WeightsMode;
}

/** The same of an operation that finds taps first. */
export interface PlannedFileOptions extends FileOptions, PlanOptions {
  /** Records the SHA-256 of the whole original file, which reads all of it. */
  readonly hash?: boolean;
}

/** A request, by whom it is for. */
export interface SeparatedRequest<T extends PlannedFileOptions> {
  /** For reading and writing; nothing is left open. */
  readonly file: Required<Pick<PlannedFileOptions, 'weights' | 'sync' | 'hash'>>;
  /** For planning. */
  readonly planning: PlanOptions;
  /** For the operation itself. */
  readonly options: Omit<T, keyof PlannedFileOptions>;
}

/** Separates what a caller asks of an operation on a file. */
export function separateRequest<T extends PlannedFileOptions>(request: T): SeparatedRequest<T> {
  const { hash = false, weights = 'copy', sync = true, architecture, catalogue, ...rest } = request;
  return {
    file: { hash, weights, sync },
    planning: {
      ...(architecture === undefined ? {} : { architecture }),
      ...(catalogue === undefined ? {} : { catalogue }),
    },
    options: rest,
  };
}

import type { Manifest } from '../spec/manifest.js';
import { TYPED_ARRAYS } from '../tensor/tensor.js';
import type { InputData } from './fill-image.js';

/** Inputs of batches that have run, to be filled again. */
export interface BatchBuffers {
  /** An input of so many elements, with any content. */
  take(length: number): InputData;
  /** Gives an input back that nothing reads any more. */
  give(data: InputData): void;
}

/**
 * Keeps the inputs of a worker's batches: a batch of eight at 224 x 224 takes 4.8 MB, and the engine
 * would let many of them pile up before it looks for garbage.
 *
 * Only those of the last size are kept, so what is held never exceeds the batches that were under way
 * at once.
 */
export function createBatchBuffers(dtype: Manifest['input']['dtype']): BatchBuffers {
  let free: InputData[] = [];
  return {
    take(length) {
      if (free[0]?.length !== length) free = [];
      return free.pop() ?? new TYPED_ARRAYS[dtype](length);
    },
    give(data) {
      if (free.length > 0 && free[0]?.length !== data.length) free = [];
      free.push(data);
    },
  };
}

import type { RgbImage } from '../image/rgb-image.js';
import type { Tensor } from '../tensor/tensor.js';

/** Name, dtype and shape of one input or output, as onnxruntime reports them. */
export interface ValueInfo {
  /** Name in the graph. */
  readonly name: string;
  /** Element type; null when the value is no tensor. */
  readonly dtype: string | null;
  /** Size or name of each axis; empty when the rank is unknown. */
  readonly shape: readonly (number | string)[];
}

/** What a loaded model takes and returns. */
export interface SessionInfo {
  /** Inputs that must be fed. */
  readonly inputs: readonly ValueInfo[];
  /** Outputs that can be fetched. */
  readonly outputs: readonly ValueInfo[];
  /** The same of the head that is loaded behind the model, when there is one. */
  readonly head?: SessionInfo;
}

/** One part of a batch, ready to be posted to wherever the model runs. */
export type BatchItem =
  /** An encoded image, by path or by its bytes. */
  | { readonly kind: 'encoded'; readonly source: string | Uint8Array; readonly rows: 1 }
  /** A decoded image. */
  | { readonly kind: 'pixels'; readonly image: RgbImage; readonly rows: 1 }
  /** Values of the input itself, for `rows` images. */
  | { readonly kind: 'tensor'; readonly tensor: Tensor; readonly rows: number };

/** One forward pass. */
export interface BatchRequest {
  /** Parts of the batch, in order. */
  readonly items: readonly BatchItem[];
  /** Shape of the whole input, batch axis first. */
  readonly shape: readonly number[];
  /** Names of the outputs to fetch. */
  readonly outputs: readonly string[];
  /**
   * What an image that cannot be decoded or preprocessed does: it fails the batch, or it is left out
   * and its error is returned beside the outputs of the others.
   */
  readonly badItems: 'fail' | 'skip';
  /** Set to 1 by the caller to stop before the next step; shared memory, null when never. */
  readonly stop: Int32Array<SharedArrayBuffer> | null;
}

/** What comes back from a forward pass. */
export interface BatchResult {
  /** Tensors by the name of the output; their rows are those of the items that did not fail. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /**
   * Errors by the position of their item in the request; empty unless bad items are skipped. When
   * every item failed there are no outputs.
   */
  readonly failures: ReadonlyMap<number, Error>;
}

/**
 * Somewhere that a model runs: worker threads, or worker processes.
 *
 * The extractor knows nothing else of it, so a remote machine could take their place.
 */
export interface Runner {
  /** What the loaded model takes and returns. */
  readonly info: SessionInfo;
  /**
   * Runs a batch.
   *
   * @param transfer - buffers of the request that are handed over instead of being copied.
   * @throws FeaturetapError what decoding and preprocessing throw, `RUNTIME_FAILED` or `ABORTED`
   */
  run(request: BatchRequest, transfer: readonly ArrayBuffer[]): Promise<BatchResult>;
  /** Waits for runs under way, releases the model everywhere and ends the workers. */
  close(): Promise<void>;
}

import type { FileIdentity } from '../node/file-identity.js';
import type { ResampleMode } from '../preprocess/resample-mode.js';
import type { DecodePolicy, PreprocessSpec } from '../spec/preprocess-spec.js';
import type { Dim, Layout } from '../spec/layout.js';
import type { Manifest } from '../spec/manifest.js';
import type { Tensor } from '../tensor/tensor.js';
import type { EncodedError } from './encode-error.js';
import type { BatchRequest, SessionInfo } from './runner.js';

/** How much onnxruntime rewrites the graph before it runs; `all` includes layout changes. */
export type GraphOptimizationLevel = 'disabled' | 'basic' | 'extended' | 'layout' | 'all';

/** A model that every worker loads: a file, or bytes in memory that all of them see. */
export type ModelSource = (
  | {
      readonly kind: 'path';
      readonly path: string;
      /** It and the files of its weights as they were when it was opened: no others are loaded. */
      readonly files: readonly FileIdentity[];
      /** What was compiled, when it is a compiled model. */
      readonly original?: ModelSource;
      /** Whether it is a compiled model, of which the optimiser must keep off. */
      readonly isCompiled?: boolean;
    }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<SharedArrayBuffer> }
) & {
  /** Folder of weights that are outside the model; null for the folder of its file. */
  readonly weightsFolder: string | null;
};

/** The one input that a model is fed. */
export interface InputSpec {
  /** Name of the graph input. */
  readonly name: string;
  /** Element type. */
  readonly dtype: Manifest['input']['dtype'];
  /** Shape, batch axis first. */
  readonly shape: readonly Dim[];
  /** Meaning of the axes; null when it is not known. */
  readonly layout: Layout | null;
}

/** A head view that runs behind the backbone view of the same model. */
export interface HeadSetup {
  /** The head's file. */
  readonly model: ModelSource;
  /** Its input, which is an output of the backbone. */
  readonly input: InputSpec;
  /** Its outputs; they are fetched from it and not from the backbone. */
  readonly outputs: readonly string[];
}

/** What a worker is told once, when it starts. */
export interface WorkerSetup {
  /** The model. */
  readonly model: ModelSource;
  /** Its input. */
  readonly input: InputSpec;
  /** The head behind it, or null. */
  readonly head: HeadSetup | null;
  /** How images become the input; null when images cannot be given. */
  readonly preprocess: PreprocessSpec | null;
  /** How images are decoded. */
  readonly policy: DecodePolicy;
  /** How encoded images are resized; exactly when nothing is said. */
  readonly resample?: ResampleMode;
  /** Threads that one operator of the graph may use. */
  readonly threads: number;
  /** How much onnxruntime rewrites the graph. */
  readonly graphOptimizationLevel: GraphOptimizationLevel;
}

/** What a worker is asked to do. */
export type WorkerRequest =
  /** Load the model and say what it takes and returns. */
  | { readonly kind: 'describe' }
  /** Run a batch. */
  | ({ readonly kind: 'run' } & BatchRequest)
  /** Free the model; the worker is not used again. */
  | { readonly kind: 'release' };

/** The answer to each kind of request. */
export interface WorkerAnswers {
  /** To `describe`. */
  readonly describe: SessionInfo;
  /** To `run`: a `BatchResult` in the form of lists, its errors as plain data. */
  readonly run: {
    /** Tensors with the names of their outputs. */
    readonly outputs: readonly (readonly [name: string, tensor: Tensor])[];
    /** Errors with the positions of their items. */
    readonly failures: readonly (readonly [index: number, error: EncodedError])[];
  };
  /** To `release`. */
  readonly release: null;
}

/** A worker's answer, or why there is none; errors lose their code when they are posted as such. */
export type WorkerReply<K extends WorkerRequest['kind'] = WorkerRequest['kind']> =
  | { readonly ok: true; readonly value: WorkerAnswers[K] }
  | { readonly ok: false; readonly error: EncodedError };

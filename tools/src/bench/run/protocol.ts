// What the benchmark and its child processes say to each other: one JSON document a line, requests on
// the child's standard input, answers on its file descriptor 3. tools/python/bench_torch_child.py
// speaks the same.

/** Sessions of onnxruntime-node itself, run one after the other on the same input. */
export interface RawSpec {
  /** Tells the kinds apart. */
  readonly kind: 'raw';
  /** Intra-op threads of each session. */
  readonly threads: number;
  /** The sessions: a model, its input, and the output to fetch for each field. */
  readonly sessions: readonly {
    /** Model file. */
    readonly file: string;
    /** Name of its input. */
    readonly input: string;
    /** Names of outputs by field: `stages.0`, …, `unpooled`, `pooled`, `logits`. */
    readonly outputs: Readonly<Record<string, string>>;
  }[];
}

/** An extractor of `@featuretap/core`. */
export interface ExtractorSpec {
  /** Tells the kinds apart. */
  readonly kind: 'extractor';
  /** Tapped file. */
  readonly file: string;
  /** Options of createExtractor. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Fields of a run or stream; null for all. */
  readonly fields: readonly string[] | null;
}

/** The pipeline `image-feature-extraction` of `@huggingface/transformers`. */
export interface PeerSpec {
  /** Tells the kinds apart. */
  readonly kind: 'peer';
  /** The package's module. */
  readonly module: string;
  /** Folder of local models. */
  readonly models: string;
  /** Name of the model in it. */
  readonly name: string;
  /** Name of the model's input, which the pipeline calls `pixel_values`. */
  readonly input: string;
}

/** timm in PyTorch eager mode. */
interface TorchSpec {
  /** Tells the kinds apart. */
  readonly kind: 'torch';
  /** timm's name. */
  readonly name: string;
  /** Threads of an operator. */
  readonly threads: number;
}

/** What a child holds. */
export type ContestantSpec = RawSpec | ExtractorSpec | PeerSpec | TorchSpec;

/** One repetition of what is timed. */
export type Work =
  /** One run of a ready tensor: the first `batch` rows of a file of float32 [rows, 3, H, W]. */
  | {
      readonly kind: 'tensor';
      readonly file: string;
      readonly shape: readonly number[];
      readonly batch: number;
    }
  /** A stream of that many ready tensors of one row. */
  | {
      readonly kind: 'tensors';
      readonly file: string;
      readonly shape: readonly number[];
      readonly count: number;
      readonly batch: number;
    }
  /** Image files, to be decoded, prepared and run. */
  | { readonly kind: 'images'; readonly files: readonly string[]; readonly batch: number };

/** Memory of a process and the processes that it started. */
export interface MemoryUse {
  /** Private anonymous memory, bytes: `Anonymous` of smaps_rollup; null where there is no /proc. */
  readonly anonymousBytes: number | null;
  /** Largest resident memory so far, bytes: the sum of `VmHWM`; null where there is no /proc. */
  readonly peakBytes: number | null;
}

/** Answer to `load`. */
export interface Loaded {
  /** Whether this contestant can be had; if not, why. */
  readonly refused?: string;
  /** From the call to ready, imports excluded, milliseconds. */
  readonly loadMs: number;
  /** After all imports and with the ready input at hand, before the load. */
  readonly before: MemoryUse;
  /** What the extractor says of its compiled form: `hit`, `built`, a reason, or null. */
  readonly compiled: string | null;
}

/** Answer to `sample`. */
export interface Sample {
  /** Wall-clock time of all repetitions, milliseconds. */
  readonly wallMs: number;
  /** Processor time of the process and its children, all threads, milliseconds. */
  readonly cpuMs: number;
  /** Images of all repetitions. */
  readonly images: number;
}

/** A field of a result, thinned out. */
export interface FieldValues {
  /** Shape of the whole. */
  readonly shape: readonly number[];
  /** Evenly spaced elements of it, at most 4,096. */
  readonly values: readonly number[];
}

/** Answer to `values`: one result of the work, by field. */
export type Values = Readonly<Record<string, FieldValues>>;

/** Answer to `lateness`: by how much a 5 ms timer was late, milliseconds. */
export interface Lateness {
  /** Ticks. */
  readonly ticks: number;
  /** Latest. */
  readonly maxMs: number;
  /** Of a hundred ticks, one is later. */
  readonly p99Ms: number;
  /** Runs that ended meanwhile. */
  readonly runs: number;
}

/** What a child may be asked. */
export type Request =
  | { readonly op: 'load'; readonly spec: ContestantSpec; readonly work: Work }
  | { readonly op: 'sample'; readonly work: Work; readonly repeats: number }
  | { readonly op: 'values'; readonly work: Work }
  | { readonly op: 'memory' }
  | { readonly op: 'lateness'; readonly work: Work | null; readonly forMs: number }
  | { readonly op: 'close' };

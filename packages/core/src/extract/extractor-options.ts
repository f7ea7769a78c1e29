import { z } from 'zod';
import { fieldNameSchema, type FieldName } from '../spec/manifest.js';
import { manifestConstantSchema, type ManifestConstant } from '../spec/manifest-constant.js';
import {
  decodePolicySchema,
  preprocessSpecSchema,
  type DecodePolicy,
  type PreprocessSpec,
} from '../spec/preprocess-spec.js';
import { resampleModeSchema, type ResampleMode } from '../preprocess/resample-mode.js';
import type { GraphOptimizationLevel } from '../session/worker-messages.js';
import { strictOptions } from '../spec/strict-options.js';
import { compiledCacheOptionsSchema, type CompiledCacheOptions } from './compile-file.js';
import type { Isolation } from './guarded-runner.js';
import { modelFileSchema, type ModelFile } from './model-file.js';

/** Most workers or threads that can be asked for; far above any machine, against typing errors. */
const MAX_THREADS = 1024;

/** How the cores are shared out: a worker for each, or one worker with all of them. */
export type Profile = 'latency' | 'throughput';

/** Options of createExtractor. */
export interface ExtractorOptions {
  /**
   * How the cores of this machine are used: `throughput` gives each worker one core, which runs more
   * images a second when several batches are under way, as in a stream; `latency` gives all cores to
   * one worker, which answers a single run soonest.
   *
   * @defaultValue 'throughput'
   */
  readonly profile?: Profile;
  /**
   * Workers; each holds the model and runs one batch at a time. Weights of a compiled model are held
   * once for all of them.
   *
   * @defaultValue by the profile: the cores of this machine divided by `threads`, or 1
   */
  readonly workers?: number;
  /**
   * Threads that one operator may use, per worker.
   *
   * @defaultValue by the profile: 1, or the cores of this machine divided by `workers` (at least 1)
   */
  readonly threads?: number;
  /**
   * Where workers run: `thread` in this process, which hands results over without a copy; `process`
   * each in a process of its own, so that a crash of native code, the system's out-of-memory killer
   * or a SIGKILL costs the one batch that it had (`RUNTIME_FAILED`; the worker is replaced) and not
   * this process. It needs a model that is a file; results are copied between processes, and a
   * batch is decoded only after the one before it has run.
   *
   * @defaultValue 'thread'
   */
  readonly isolation?: Isolation;
  /**
   * How much onnxruntime rewrites the graph when it loads: `all` runs fastest; `disabled` computes
   * operator by operator, for comparisons.
   *
   * @defaultValue 'all'
   */
  readonly graphOptimizationLevel?: GraphOptimizationLevel;
  /**
   * How images are decoded: as Pillow does for training, or with orientation and colour profile
   * applied.
   *
   * @defaultValue 'as-trained'
   */
  readonly decode?: DecodePolicy;
  /**
   * How images that come as files or bytes are resized: `exact` decodes them at full size and resizes
   * as Pillow does, bit for bit; `fast` has libvips decode and resize in one step, and JPEG shrink
   * while it is decoded from a factor of 4 on.
   *
   * `fast` is for JPEG, PNG and WebP of 8-bit gray or RGB, without alpha or animation, whose edges are
   * 64 pixels or more; for the interpolations `bilinear`, `bicubic` and `lanczos`; and where no edge is
   * enlarged and nothing is padded. All else, decoded pixels too, is resized exactly. Broken images
   * fail with the same codes either way.
   *
   * Measured against `exact`: the demo's model and photos, these also enlarged or tiled as JPEG
   * (quality 90), WebP (90) and PNG; all three interpolations. Bytes of 0 to 255 after the crop, worst
   * of all images; cosine of pooled, worst; images with the same first label:
   *
   * | edges shrink by | format | mean | max | PSNR | 1 - cosine | same label |
   * |---|---|---|---|---|---|---|
   * | 1.2 to 1.7 | the photos | 0.27 | 10 | 53.8 dB | 0.00062 | 9 of 9 |
   * | 2.3 to 3.9 | JPEG | 0.26 | 6 | 53.9 dB | 0.00044 | 30 of 30 |
   * | 4.2 to 13.3 | JPEG | 1.2 | 24 | 42.5 dB | 0.0014 | 59 of 60 |
   * | 4.7 to 9.2 | WebP, PNG | 0.94 | 11 | 46.1 dB | 0.0016 | 70 of 72 |
   *
   * The three are one photo, whose first two logits differ by less than 0.08.
   *
   * @defaultValue 'exact'
   */
  readonly resample?: ResampleMode;
  /**
   * How images become the input, in place of what the manifest says.
   *
   * @defaultValue the manifest's
   */
  readonly preprocess?: PreprocessSpec;
  /**
   * The head view of the same model, when the file is its backbone view: both then run as one.
   *
   * The record has logits, and the manifest of the extractor has the head's labels. A run that does
   * not ask for logits does not run the head.
   *
   * @defaultValue none; a backbone alone gives records without logits
   */
  readonly head?: ModelFile;
  /**
   * Folder of the weights, when they are outside the model: for a model given as bytes, or when the
   * original was moved. Also that of the head's.
   *
   * @defaultValue the folder of the model's file
   */
  readonly weightsFolder?: string;
  /**
   * Loads the compiled form of the model, and makes it when the cache has none: onnxruntime's
   * optimised graph, with weights laid out for this processor in a file that all workers and
   * processes map and share. The results have the same bits. Where it cannot be had, the plain
   * file is loaded, and the extractor's `compiled` says why.
   *
   * `auto` does so for a file that takes 16 MiB or more with its weights. Making it takes several
   * times as long as loading the file, once for each machine and version of onnxruntime.
   *
   * @defaultValue 'auto', in the folder that {@link defaultCacheFolder} names
   */
  readonly compiledCache?: 'auto' | boolean | CompiledCacheOptions;
  /**
   * The manifest constant that `featuretap types` wrote for this file: the types of records are then
   * exact, and a file that is not what they promise is refused.
   *
   * With the option `head`, that of the whole model.
   *
   * @defaultValue none; records have the types of any file
   */
  readonly manifest?: ManifestConstant;
}

/** Options of openHead. */
export type HeadOptions = Pick<
  ExtractorOptions,
  'profile' | 'workers' | 'threads' | 'isolation' | 'graphOptimizationLevel' | 'weightsFolder'
>;

/** Options of a run of a head. */
export type HeadRunOptions = Pick<RunOptions, 'signal'>;

/** Options of a run. */
export interface RunOptions<F extends FieldName = FieldName> {
  /**
   * Fields to return; the others are not even fetched from onnxruntime.
   *
   * @defaultValue all that the file has
   */
  readonly fields?: readonly F[];
  /**
   * Outputs that are no fields to return in `extras`: their names, or true for all that the
   * manifest lists.
   *
   * @defaultValue none
   */
  readonly extras?: true | readonly string[];
  /**
   * Stops the run. The promise rejects at once with `ABORTED`; a forward pass under way cannot be
   * interrupted and ends in its worker, its result is dropped.
   */
  readonly signal?: AbortSignal;
}

/** Run options that leave out `K`, which change what comes back; for overloads of `run`. */
export type RunOptionsWithout<K extends 'fields' | 'extras'> = Omit<
  RunOptions,
  'fields' | 'extras'
> &
  Partial<Record<K, never>>;

const threadCount = z.int().min(1).max(MAX_THREADS);

/** What every worker pool needs to know, whatever it runs. */
const poolOptions = {
  /** How the cores are shared out. */
  profile: z.enum(['latency', 'throughput']).default('throughput'),
  /** Workers. */
  workers: threadCount.optional(),
  /** Threads of one operator. */
  threads: threadCount.optional(),
  /** Where workers run. */
  isolation: z.enum(['thread', 'process']).default('thread'),
  /** How much onnxruntime rewrites the graph. */
  graphOptimizationLevel: z.enum(['disabled', 'basic', 'extended', 'layout', 'all']).default('all'),
};

const folder = z.string().min(1);

/** Schema of {@link ExtractorOptions}; unknown options are refused. */
export const extractorOptionsSchema = strictOptions({
  ...poolOptions,
  /** Decoding policy. */
  decode: decodePolicySchema.default('as-trained'),
  /** How encoded images are resized. */
  resample: resampleModeSchema.default('exact'),
  /** Preprocessing in place of the manifest's. */
  preprocess: preprocessSpecSchema.optional(),
  /** The head view behind a backbone. */
  head: modelFileSchema.optional(),
  /** Folder of weights outside the model. */
  weightsFolder: folder.optional(),
  /** Whether the compiled form is loaded, and from where. */
  compiledCache: z
    .union([z.literal('auto'), z.boolean(), compiledCacheOptionsSchema], {
      error: "expected 'auto', true, false or { folder, limitBytes }",
    })
    .default('auto'),
  /** The manifest that the caller's types were made from. */
  manifest: manifestConstantSchema.optional(),
});

/** Schema of {@link HeadOptions}; unknown options are refused. */
export const headOptionsSchema = strictOptions({
  ...poolOptions,
  /** Folder of weights outside the model. */
  weightsFolder: folder.optional(),
});

const signal = z.instanceof(AbortSignal).optional();

/** Schema of {@link RunOptions}; unknown options are refused. */
export const runOptionsSchema = strictOptions({
  /** Fields to return. */
  fields: z.array(fieldNameSchema).min(1).optional(),
  /** Extra outputs to return. */
  extras: z.union([z.literal(true), z.array(z.string())]).optional(),
  /** Stops the run. */
  signal,
});

/** Schema of {@link HeadRunOptions}; unknown options are refused. */
export const headRunOptionsSchema = strictOptions({
  /** Stops the run. */
  signal,
});

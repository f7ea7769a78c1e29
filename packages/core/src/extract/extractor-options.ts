import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { fieldNameSchema, type FieldName } from '../spec/manifest.js';
import { parseWith } from '../spec/parse.js';
import {
  decodePolicySchema,
  preprocessSpecSchema,
  type DecodePolicy,
  type PreprocessSpec,
} from '../spec/preprocess-spec.js';
import type { GraphOptimizationLevel } from '../session/worker-messages.js';
import { strictOptions } from '../tensor/strict-options.js';

/** Most workers or threads that can be asked for; far above any machine, against typing errors. */
const MAX_THREADS = 1024;

/** Options of createExtractor. */
export interface ExtractorOptions {
  /**
   * Worker threads; each holds the model and runs one batch at a time.
   *
   * @defaultValue 1
   */
  readonly workers?: number;
  /**
   * Threads that one operator may use, per worker. Several workers of one thread each run more
   * images a second than one worker of several threads; the latter answers sooner.
   *
   * @defaultValue the cores of this machine divided by `workers`, at least 1
   */
  readonly threads?: number;
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
   * How images become the input, in place of what the manifest says.
   *
   * @defaultValue the manifest's
   */
  readonly preprocess?: PreprocessSpec;
}

/** Options of a run. */
export interface RunOptions<F extends FieldName = FieldName> {
  /**
   * Fields to return; the others are not even fetched from onnxruntime.
   *
   * @defaultValue all that the file has
   */
  readonly fields?: readonly F[];
  /**
   * Stops the run. The promise rejects at once with `ABORTED`; a forward pass under way cannot be
   * interrupted and ends in its worker, its result is dropped.
   */
  readonly signal?: AbortSignal;
}

const threadCount = z.int().min(1).max(MAX_THREADS);

/** Schema of {@link ExtractorOptions}; unknown options are refused. */
export const extractorOptionsSchema = strictOptions({
  /** Worker threads. */
  workers: threadCount.default(1),
  /** Threads of one operator. */
  threads: threadCount.optional(),
  /** How much onnxruntime rewrites the graph. */
  graphOptimizationLevel: z.enum(['disabled', 'basic', 'extended', 'layout', 'all']).default('all'),
  /** Decoding policy. */
  decode: decodePolicySchema.default('as-trained'),
  /** Preprocessing in place of the manifest's. */
  preprocess: preprocessSpecSchema.optional(),
});

/** Schema of {@link RunOptions}; unknown options are refused. */
export const runOptionsSchema = strictOptions({
  /** Fields to return. */
  fields: z.array(fieldNameSchema).min(1).optional(),
  /** Stops the run. */
  signal: z.instanceof(AbortSignal).optional(),
});

/** Options of an extractor with the defaults filled in. */
export interface ResolvedExtractorOptions extends Required<Omit<ExtractorOptions, 'preprocess'>> {
  /** The caller's own preprocessing; null for the manifest's. */
  readonly preprocess: PreprocessSpec | null;
}

/**
 * Checks the options of createExtractor and fills in the defaults.
 *
 * @throws FeaturetapError `OPTION_INVALID`
 */
export function resolveExtractorOptions(options: ExtractorOptions): ResolvedExtractorOptions {
  const parsed = parseWith(extractorOptionsSchema, options, 'options of createExtractor');
  const share = Math.max(1, Math.floor(availableParallelism() / parsed.workers));
  return { ...parsed, threads: parsed.threads ?? share, preprocess: parsed.preprocess ?? null };
}

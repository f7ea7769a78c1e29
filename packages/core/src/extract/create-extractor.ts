import { buildRecord } from '../record/build-record.js';
import type {
  FeatureOutput,
  FieldOf,
  RecordFields,
  SelectedOutput,
} from '../record/feature-output.js';
import {
  availableFields,
  checkFieldsAvailable,
  listFieldOutputs,
} from '../record/list-field-outputs.js';
import type { RecordSpec } from '../record/record-spec.js';
import type { Runner } from '../session/runner.js';
import { startSessionPool } from '../session/session-pool.js';
import { FeaturetapError } from '../spec/errors.js';
import type { FieldName, Manifest } from '../spec/manifest.js';
import { parseWith } from '../spec/parse.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import { abortable, throwIfAborted } from './abortable.js';
import { checkManifest, checkPreprocess } from './check-manifest.js';
import {
  resolveExtractorOptions,
  runOptionsSchema,
  type ExtractorOptions,
  type RunOptions,
} from './extractor-options.js';
import { openModelSource, type ModelFile } from './open-model-source.js';
import { planBatch, type ExtractorInput } from './plan-batch.js';

/** A tapped model that is loaded and ready to run; close it, or declare it with `await using`. */
export interface Extractor<S extends RecordSpec = RecordSpec> extends AsyncDisposable {
  /** What the file holds: input, preprocessing, labels and the outputs of each field. */
  readonly manifest: Manifest;
  /**
   * Runs the model once and returns the record.
   *
   * A list of inputs is one batch. Everything runs in a worker thread; the caller's buffers stay as
   * they are.
   *
   * @throws FeaturetapError
   * `INPUT_INVALID` (the input does not fit the model), what decoding throws (`FILE_NOT_FOUND`,
   * `IMAGE_UNREADABLE`, `IMAGE_UNSUPPORTED`, `IMAGE_LIMIT`, …),
   * `TAP_NOT_FOUND` (a field that the file lacks), `OPTION_INVALID`,
   * `RUNTIME_FAILED`, `ABORTED`, `EXTRACTOR_CLOSED`, `MANIFEST_INVALID` (an output of another shape)
   */
  run(
    input: ExtractorInput | readonly ExtractorInput[],
    options?: Omit<RunOptions, 'fields'>,
  ): Promise<FeatureOutput<S>>;
  /** Runs the model once and returns the named fields only, all of them for certain. */
  run<const F extends FieldOf<S>>(
    input: ExtractorInput | readonly ExtractorInput[],
    options: RunOptions<F> & Required<Pick<RunOptions<F>, 'fields'>>,
  ): Promise<SelectedOutput<S, F>>;
  /** Runs the model once; which fields come back is known only when it runs. */
  run(
    input: ExtractorInput | readonly ExtractorInput[],
    options?: RunOptions<FieldOf<S>>,
  ): Promise<Partial<RecordFields<S>>>;
  /**
   * Waits for runs under way, frees the model and ends the worker threads; may be called again.
   *
   * Runs that are started afterwards fail with `EXTRACTOR_CLOSED`.
   */
  close(): Promise<void>;
}

/**
 * Loads a tapped model.
 *
 * @param file - what `featuretap tap` wrote: a path, a `file:` URL or the bytes.
 * @throws FeaturetapError
 * `FILE_NOT_FOUND`, `FILE_UNREADABLE`;
 * `MODEL_NOT_ONNX`, `MODEL_TRUNCATED`, `MODEL_MALFORMED` (not a whole model);
 * `MANIFEST_MISSING` (not tapped), `MANIFEST_INVALID` (contradicts the file);
 * `RUNTIME_FAILED` (onnxruntime cannot load it), `OPTION_INVALID`, `INPUT_INVALID`
 */
export async function createExtractor(
  file: ModelFile,
  options: ExtractorOptions = {},
): Promise<Extractor> {
  const resolved = resolveExtractorOptions(options);
  const { model, name, manifest } = await openModelSource(file);
  if (resolved.preprocess !== null) checkPreprocess(manifest.input, resolved.preprocess);
  const preprocess = resolved.preprocess ?? manifest.preprocess;
  const runner = await startSessionPool(
    {
      model,
      input: manifest.input,
      preprocess,
      policy: resolved.decode,
      threads: resolved.threads,
      graphOptimizationLevel: resolved.graphOptimizationLevel,
    },
    { workers: resolved.workers },
  );
  try {
    checkManifest(manifest, runner.info, name);
  } catch (error) {
    await runner.close();
    throw error;
  }
  return extractorOver(runner, manifest, preprocess);
}

function extractorOver(
  runner: Runner,
  manifest: Manifest,
  preprocess: PreprocessSpec | null,
): Extractor {
  let closing: Promise<void> | null = null;

  async function run(
    input: ExtractorInput | readonly ExtractorInput[],
    options: RunOptions = {},
  ): Promise<FeatureOutput> {
    const { fields: named, signal } = parseWith(runOptionsSchema, options, 'options of run');
    if (closing !== null) throw closedError();
    throwIfAborted(signal);
    if (named !== undefined) checkFieldsAvailable(manifest, named);
    const fields = named ?? availableFields(manifest);
    const { items, shape, transfer } = planBatch(input, manifest.input, preprocess);
    const stop = signal === undefined ? null : new Int32Array(new SharedArrayBuffer(4));
    const outputs = outputNames(manifest, fields);
    const work = runner.run({ items, shape, outputs, stop }, transfer);
    const results =
      signal === undefined || stop === null
        ? await work
        : await abortable(work, signal, () => Atomics.store(stop, 0, 1));
    return buildRecord(manifest, fields, results, shape[0]!);
  }

  const close = (): Promise<void> => (closing ??= runner.close());
  return { manifest, run: run, close, [Symbol.asyncDispose]: close };
}

/** Two fields may share an output; it is fetched once. */
function outputNames(manifest: Manifest, fields: readonly FieldName[]): readonly string[] {
  const specs = fields.flatMap((field) => listFieldOutputs(manifest, field));
  return [...new Set(specs.map((spec) => spec.output))];
}

function closedError(): FeaturetapError {
  return new FeaturetapError(
    'EXTRACTOR_CLOSED',
    'Expected an open extractor, but it was closed. Create a new one, or close it later.',
  );
}

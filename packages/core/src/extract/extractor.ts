import type { CompileResult } from '../cache/compile-model.js';
import type { WithExtras } from '../record/extra-outputs.js';
import type {
  FeatureOutput,
  FieldOf,
  RecordFields,
  SelectedOutput,
} from '../record/feature-output.js';
import type { RecordSpec } from '../record/record-spec.js';
import type { Manifest } from '../spec/manifest.js';
import type { RunOptions, RunOptionsWithout } from './extractor-options.js';
import type { ExtractorInput } from './plan-batch.js';
import type { StreamMethod } from './stream-method.js';

/**
 * A tapped model that is loaded and ready to run; close it, or declare it with `await using`.
 *
 * It works in worker threads too. There it must be closed before the thread is terminated or the
 * process exits from another thread: a run under way would abort the process (exit code 134).
 */
export interface Extractor<S extends RecordSpec = RecordSpec> extends AsyncDisposable {
  /**
   * What the file holds: input, preprocessing, labels and the outputs of each field.
   *
   * With the option `head`, that of both views together: logits and labels are the head's.
   */
  readonly manifest: Manifest;
  /** What became of the compiled form of the model; null when it was neither asked for nor worth it. */
  readonly compiled: CompileResult | null;
  /**
   * Runs the model once and returns the record.
   *
   * A list of inputs is one batch. Everything runs in a worker; the caller's buffers stay as
   * they are.
   *
   * @throws FeaturetapError
   * `INPUT_INVALID` (the input does not fit the model), what decoding throws (`FILE_NOT_FOUND`,
   * `IMAGE_UNREADABLE`, `IMAGE_UNSUPPORTED`, `IMAGE_LIMIT`, …),
   * `TAP_NOT_FOUND` (a field or an extra output that the file lacks), `OPTION_INVALID`,
   * `RUNTIME_FAILED`, `ABORTED`, `EXTRACTOR_CLOSED`, `MANIFEST_INVALID` (an output of another shape, or
   * a worker died and the model's file has changed since)
   */
  run(
    input: ExtractorInput | readonly ExtractorInput[],
    options?: RunOptionsWithout<'fields' | 'extras'>,
  ): Promise<FeatureOutput<S>>;
  /** Runs the model once and returns the record with extra outputs. */
  run(
    input: ExtractorInput | readonly ExtractorInput[],
    options: RunOptionsWithout<'fields'> & Required<Pick<RunOptions, 'extras'>>,
  ): Promise<FeatureOutput<S> & WithExtras>;
  /** Runs the model once and returns the named fields only, all of them for certain. */
  run<const F extends FieldOf<S>>(
    input: ExtractorInput | readonly ExtractorInput[],
    options: RunOptionsWithout<'extras'> & Required<Pick<RunOptions<F>, 'fields'>>,
  ): Promise<SelectedOutput<S, F>>;
  /** Runs the model once and returns the named fields with extra outputs. */
  run<const F extends FieldOf<S>>(
    input: ExtractorInput | readonly ExtractorInput[],
    options: Omit<RunOptions, 'fields' | 'extras'> &
      Required<Pick<RunOptions<F>, 'fields' | 'extras'>>,
  ): Promise<SelectedOutput<S, F> & WithExtras>;
  /** Runs the model once; what comes back is known only when it runs. */
  run(
    input: ExtractorInput | readonly ExtractorInput[],
    options?: RunOptions<FieldOf<S>>,
  ): Promise<Partial<RecordFields<S> & WithExtras>>;
  /**
   * Runs every item of a list, iterable or async iterable and gives the results one by one, in the
   * order of the source: `{ index, item, record }`, or `{ index, item, error }` for an item that
   * failed.
   *
   * Items run in batches, in as many workers as there are; the source is read only as far ahead as
   * they need. An item that cannot be decoded does not harm the others of its batch. When a worker
   * dies, the batches it had at hand fail with `RUNTIME_FAILED`; another one takes its place.
   *
   * @throws FeaturetapError `OPTION_INVALID`, `TAP_NOT_FOUND`, `INPUT_INVALID` (no iterable) at the
   * call; at the next result `ABORTED`, `EXTRACTOR_CLOSED`, `MANIFEST_INVALID`, and with `onError:
   * 'throw'` what `run` throws. Errors of the source come as they are, after the items before them.
   */
  readonly stream: StreamMethod<S>;
  /**
   * Waits for runs under way, frees the model and ends the workers; may be called again.
   *
   * Runs that are started afterwards and streams under way fail with `EXTRACTOR_CLOSED`.
   */
  close(): Promise<void>;
}

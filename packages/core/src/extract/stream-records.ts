import { buildRecord } from '../record/build-record.js';
import { buildExtras, selectExtras, type WithExtras } from '../record/extra-outputs.js';
import type { FeatureOutput } from '../record/feature-output.js';
import { availableFields, checkFieldsAvailable } from '../record/list-field-outputs.js';
import { extrasRow, recordRow } from '../record/record-row.js';
import { FeaturetapError, isFeaturetapError, type ErrorCode } from '../spec/errors.js';
import type { Manifest } from '../spec/manifest.js';
import { parseWith } from '../spec/parse.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import { abortError, whenAborted } from './abortable.js';
import { createBatchReader, toItemError, type ReadItem } from './batch-reader.js';
import type { GuardedRunner } from './guarded-runner.js';
import { outputNames } from './output-names.js';
import { ownedBuffers, planItem, type ExtractorInput, type ItemPlan } from './plan-batch.js';
import { readAhead } from './read-ahead.js';
import type { StreamSource } from './stream-method.js';
import {
  streamOptionsSchema,
  type StreamFailure,
  type StreamOptions,
  type StreamResult,
} from './stream-options.js';

/** Images of a forward pass when nobody says: large batches fill caches and gain nothing on CPUs. */
const BATCH_SIZE = 8;

/** Batches queued beyond the running ones: one is decoded meanwhile, one waits. */
const PREFETCH = 2;

/** Errors of a batch that every further batch would have as well. */
const ENDING: ReadonlySet<ErrorCode> = new Set(['ABORTED', 'EXTRACTOR_CLOSED', 'MANIFEST_INVALID']);

/** A loaded model, for {@link streamRecords}. */
export interface StreamModel {
  /** Where it runs. */
  readonly runner: GuardedRunner;
  /** What it takes and returns. */
  readonly manifest: Manifest;
  /** How images become its input; null when images cannot be given. */
  readonly preprocess: PreprocessSpec | null;
}

type AnyRecord = FeatureOutput & WithExtras;

/**
 * Runs every item of a source, in batches, and gives the results one by one in the source's order.
 *
 * Nothing is read before the first result is asked for. Breaking off, an abort and closing the
 * extractor stop the reading at once and the queued batches before they begin.
 *
 * @throws FeaturetapError `OPTION_INVALID`, `TAP_NOT_FOUND`, `INPUT_INVALID` (no iterable) at the
 * call; the rest when results are asked for
 */
export function streamRecords<I extends ExtractorInput>(
  model: StreamModel,
  source: StreamSource<I>,
  options: StreamOptions = {},
): AsyncIterableIterator<StreamResult<I, AnyRecord>> {
  const { runner, manifest, preprocess } = model;
  const parsed = parseWith(streamOptionsSchema, options, 'options of stream');
  const { signal, onError, onProgress } = parsed;
  if (parsed.fields !== undefined) checkFieldsAvailable(manifest, parsed.fields);
  const fields = parsed.fields ?? availableFields(manifest);
  const extras = parsed.extras === undefined ? null : selectExtras(manifest, parsed.extras);
  const outputs = outputNames(manifest, fields, extras ?? []);
  const batch = manifest.input.shape[0]!;
  const batchSize = parsed.batchSize ?? defaultBatchSize(batch);
  const prefetch = parsed.prefetch ?? Math.max(PREFETCH, runner.workers);
  const reader = createBatchReader(source, {
    batchSize,
    plan: (item) => planOne(item, manifest, preprocess),
  });

  async function runItems(
    entries: readonly ReadItem<I>[],
    ending: AbortSignal,
  ): Promise<readonly StreamResult<I, AnyRecord>[]> {
    const failures = new Map<number, FeaturetapError>();
    const ready: { readonly index: number; readonly plan: ItemPlan }[] = [];
    for (const { index, plan } of entries) {
      if (plan instanceof Error) failures.set(index, plan);
      else ready.push({ index, plan });
    }
    const records = new Map<number, AnyRecord>();
    try {
      if (ready.length > 0) await runReady();
    } catch (error) {
      if (isFeaturetapError(error) && ENDING.has(error.code)) throw error;
      const itemError = toItemError(error);
      for (const { index } of ready) failures.set(index, itemError);
    }
    return entries.map(({ index, item }) => {
      const record = records.get(index);
      return record === undefined
        ? { index, item, error: failures.get(index)! }
        : { index, item, record };
    });

    async function runReady(): Promise<void> {
      const items = ready.map(({ plan }) => plan.item);
      const shape = [items.length, ...ready[0]!.plan.sample];
      const request = { items, shape, outputs, badItems: 'skip' } as const;
      const result = await runner.run(request, items.flatMap(ownedBuffers), ending);
      const kept = ready.filter((_, position) => !result.failures.has(position));
      for (const [position, error] of result.failures) {
        failures.set(ready[position]!.index, toItemError(error));
      }
      if (kept.length === 0) return;
      const rows = kept.length;
      const whole = buildRecord(manifest, fields, result.outputs, rows);
      const wholeExtras =
        extras === null ? null : buildExtras(extras, result.outputs, manifest.input, rows);
      for (const [row, { index }] of kept.entries()) {
        const record = recordRow(whole, row);
        const withExtras =
          extras === null || wholeExtras === null
            ? record
            : { ...record, extras: extrasRow(wholeExtras, extras, { batch, rows, index: row }) };
        // The overloads promise `extras` only where they were asked for.
        records.set(index, withExtras as AnyRecord);
      }
    }
  }

  async function* generate(): AsyncGenerator<StreamResult<I, AnyRecord>, void, void> {
    runner.throwIfUnusable(signal);
    const ending = new AbortController();
    const forgetClosing = whenAborted(runner.closing, () => {
      ending.abort(runner.closing.reason);
    });
    const forgetSignal =
      signal === undefined
        ? () => undefined
        : whenAborted(signal, () => {
            ending.abort(abortError(signal));
          });
    let done = 0;
    let failed = 0;
    let hasFailed = false;
    try {
      const batches = readAhead({
        read: reader.next,
        start: (entries) => runItems(entries, ending.signal),
        limit: prefetch + runner.workers,
        signal: ending.signal,
      });
      for await (const results of batches) {
        done += results.length;
        failed += results.filter((result) => result.error !== undefined).length;
        onProgress?.({ done, failed });
        for (const result of results) {
          ending.signal.throwIfAborted();
          if (result.error !== undefined && onError === 'throw') throw withIndex(result);
          yield result;
        }
      }
      ending.signal.throwIfAborted();
    } catch (error) {
      hasFailed = true;
      throw ending.signal.aborted ? ending.signal.reason : error;
    } finally {
      forgetClosing();
      forgetSignal();
      ending.abort();
      // As in `for await`: an error on the way out does not hide the one that led there.
      await reader.close().catch((error: unknown) => {
        if (!hasFailed) throw error;
      });
    }
  }

  return generate();
}

function defaultBatchSize(batch: number | string): number {
  if (typeof batch === 'string') return BATCH_SIZE;
  return Math.max(1, Math.floor(BATCH_SIZE / batch)) * batch;
}

/** One record for one item: a tensor of several images would need several. */
function planOne(
  input: ExtractorInput,
  { input: target }: Manifest,
  preprocess: PreprocessSpec | null,
): ItemPlan {
  const plan = planItem(input, target, preprocess, 'the item');
  if (plan.item.rows === 1) return plan;
  throw new FeaturetapError(
    'INPUT_INVALID',
    `Expected an item of one image, got a tensor of ${plan.item.rows}. Give each of its rows as a ` +
      'tensor [1, …], or use `run`.',
  );
}

function withIndex({ index, error }: StreamFailure<unknown>): FeaturetapError {
  const where = `Item ${index} of the stream (counted from 0): `;
  return new FeaturetapError(error.code, where + error.message, { cause: error });
}

import pLimit, { type LimitFunction } from 'p-limit';
import { FeaturetapError, isFeaturetapError } from '../spec/errors.js';
import { elementCount, type Tensor } from '../tensor/tensor.js';
import type { BatchBuffers } from './batch-buffers.js';
import type { InputData } from './fill-image.js';
import type { BatchItem, BatchRequest } from './runner.js';
import type { WorkerSetup } from './worker-messages.js';

/**
 * Most images that a worker decodes at the same time, those of its next batch included.
 *
 * As many as libuv's pool has threads by default; more would only hold pixels in memory, 36 MB for a
 * photo of 12 megapixels.
 */
const MAX_DECODES = 4;

/** Lets so many images at once through decoding and preprocessing; one for all batches of a worker. */
export type DecodeLimit = LimitFunction;

/** At least two: one image is decoded by a thread of libuv while another is resized by this one. */
export function createDecodeLimit({ threads }: Pick<WorkerSetup, 'threads'>): DecodeLimit {
  return pLimit(Math.min(Math.max(threads, 2), MAX_DECODES));
}

/** @throws FeaturetapError `ABORTED` when the caller has set the flag */
export function throwIfStopped(stop: BatchRequest['stop']): void {
  if (stop === null || Atomics.load(stop, 0) === 0) return;
  throw new FeaturetapError('ABORTED', 'The run was stopped by the signal of the caller.');
}

/** The input of a batch, and what could not be put into it. */
export interface AssembledBatch {
  /** Values of all items that did not fail, in order; null when all failed. */
  readonly input: Tensor | null;
  /** Errors with the positions of their items, in order; empty unless bad items are skipped. */
  readonly failures: readonly (readonly [index: number, error: unknown])[];
  /** Gives the memory of the input back; call it when the run is over. */
  readonly release: () => void;
}

/**
 * Builds the input tensor of a batch: decodes, resizes, normalises and copies into place.
 *
 * @throws FeaturetapError `ABORTED`, and what decoding and preprocessing throw unless bad items are
 * skipped
 */
export async function assembleBatch(
  request: BatchRequest,
  setup: WorkerSetup,
  limit: DecodeLimit,
  buffers: BatchBuffers,
): Promise<AssembledBatch> {
  const { items, shape } = request;
  const failures = new Map<number, unknown>();
  const { dtype } = setup.input;
  const [only] = items;
  if (items.length === 1 && only?.kind === 'tensor') {
    return { input: only.tensor, failures: [], release: () => undefined };
  }
  const data = buffers.take(elementCount(shape));
  const sampleSize = elementCount(shape.slice(1));
  const jobs: (() => Promise<void>)[] = [];
  let row = 0;
  for (const [index, item] of items.entries()) {
    const offset = row * sampleSize;
    jobs.push(async () => {
      throwIfStopped(request.stop);
      try {
        await fillItem(item, setup, data, offset);
      } catch (error) {
        if (request.badItems === 'skip') {
          failures.set(index, error);
          return;
        }
        throw items.length > 1 ? withPosition(error, index, items.length) : error;
      }
    });
    row += item.rows;
  }
  await runAll(jobs, limit);
  const kept = items.map((item, index) => (failures.has(index) ? 0 : item.rows));
  const rows = closeGaps(data, items, kept, sampleSize);
  const input =
    rows === 0
      ? null
      : { dtype, shape: [rows, ...shape.slice(1)], data: data.subarray(0, rows * sampleSize) };
  return {
    input,
    failures: [...failures].sort(([left], [right]) => left - right),
    release: () => {
      buffers.give(data);
    },
  };
}

/** Moves the rows behind items that failed forward, in place; returns how many rows are left. */
function closeGaps(
  data: InputData,
  items: readonly BatchItem[],
  kept: readonly number[],
  sampleSize: number,
): number {
  let from = 0;
  let to = 0;
  for (const [index, item] of items.entries()) {
    const rows = kept[index]!;
    if (to < from) data.copyWithin(to * sampleSize, from * sampleSize, (from + rows) * sampleSize);
    from += item.rows;
    to += rows;
  }
  return to;
}

async function fillItem(
  item: BatchItem,
  setup: WorkerSetup,
  data: InputData,
  offset: number,
): Promise<void> {
  if (item.kind === 'tensor') {
    data.set(item.tensor.data as InputData, offset);
    return;
  }
  // Two thirds of a worker's code; tensors need none of it.
  const { fillFromImage } = await import('./fill-from-image.js');
  await fillFromImage(item, setup, data, offset);
}

/** Runs jobs in order; waits for all that began, throws the first error and leaves the rest out. */
async function runAll(jobs: readonly (() => Promise<void>)[], limit: DecodeLimit): Promise<void> {
  let failed = false;
  const running = jobs.map((job) =>
    limit(async () => {
      if (failed) return;
      await job().catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }),
  );
  const first = (await Promise.allSettled(running)).find(({ status }) => status === 'rejected');
  if (first?.status === 'rejected') throw first.reason;
}

function withPosition(error: unknown, index: number, count: number): unknown {
  if (!isFeaturetapError(error) || error.code === 'ABORTED') return error;
  const where = `Item ${index} of the batch (of ${count}, counted from 0): `;
  return new FeaturetapError(error.code, where + error.message, { cause: error });
}

import type { BatchRequest, BatchResult, Runner, SessionInfo } from '../session/runner.js';
import { startSessionPool } from '../session/session-pool.js';
import type { WorkerSetup } from '../session/worker-messages.js';
import { FeaturetapError } from '../spec/errors.js';
import { abortable, throwIfAborted } from './abortable.js';

/** A runner that refuses runs after it was closed, and stops waiting when a signal fires. */
export interface GuardedRunner {
  /** Batches that can run at the same time. */
  readonly workers: number;
  /** Fires when the runner is being closed; its reason is the `EXTRACTOR_CLOSED` of later runs. */
  readonly closing: AbortSignal;
  /**
   * Throws what a run would throw before it looks at its input.
   *
   * @throws FeaturetapError `EXTRACTOR_CLOSED`, `ABORTED`
   */
  throwIfUnusable(signal: AbortSignal | undefined): void;
  /** Runs a batch, see {@link Runner.run}. */
  run(
    request: Omit<BatchRequest, 'stop'>,
    transfer: readonly ArrayBuffer[],
    signal: AbortSignal | undefined,
  ): Promise<BatchResult>;
  /** Closes the runner; may be called again. */
  readonly close: () => Promise<void>;
}

/**
 * Starts workers that load a model, and checks what they loaded.
 *
 * @param check - throws when the loaded model is not what its manifest says.
 * @throws FeaturetapError `RUNTIME_FAILED` and what `check` throws
 */
export async function createRunner(
  setup: Omit<WorkerSetup, 'guard'>,
  workers: number,
  check: (info: SessionInfo) => void,
): Promise<GuardedRunner> {
  const runner = await startSessionPool(setup, { workers });
  try {
    check(runner.info);
  } catch (error) {
    await runner.close();
    throw error;
  }
  return guardRunner(runner, workers);
}

/** Adds the refusals of {@link GuardedRunner} to a runner of so many workers. */
export function guardRunner(runner: Runner, workers: number): GuardedRunner {
  const closing = new AbortController();
  let closed: Promise<void> | null = null;
  return {
    workers,
    closing: closing.signal,
    throwIfUnusable(signal) {
      if (closing.signal.aborted) throw closedError();
      throwIfAborted(signal);
    },
    async run(request, transfer, signal) {
      if (signal === undefined) return runner.run({ ...request, stop: null }, transfer);
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const work = runner.run({ ...request, stop }, transfer);
      return abortable(work, signal, () => Atomics.store(stop, 0, 1));
    },
    close() {
      // First, so that what streams have queued stops before it is waited for.
      closing.abort(closedError());
      return (closed ??= runner.close());
    },
  };
}

function closedError(): FeaturetapError {
  return new FeaturetapError(
    'EXTRACTOR_CLOSED',
    'Expected an open extractor, but it was closed. Create a new one, or close it later.',
  );
}

import type { BatchRequest, BatchResult, Runner, SessionInfo } from '../session/runner.js';
import { startProcessPool } from '../session/process-pool.js';
import { startThreadPool } from '../session/thread-pool.js';
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

/** Where workers run: as threads of this process, or each as a process of its own. */
export type Isolation = 'thread' | 'process';

/** How many workers, and of what kind. */
export interface RunnerOptions {
  /** Workers; each loads the model. */
  readonly workers: number;
  /** Where they run. */
  readonly isolation: Isolation;
}

/**
 * Starts workers that load a model, and checks what they loaded.
 *
 * @param check - throws when the loaded model is not what its manifest says.
 * @throws FeaturetapError `RUNTIME_FAILED`, `OPTION_INVALID` (bytes for processes) and what `check` throws
 */
export async function createRunner(
  setup: WorkerSetup,
  { workers, isolation }: RunnerOptions,
  check: (info: SessionInfo) => void,
): Promise<GuardedRunner> {
  const start = isolation === 'process' ? startProcessPool : startThreadPool;
  const runner = await start(sendable(setup, isolation), { workers });
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

/** Threads share the bytes of a model; a process would get its own copy with every batch. */
function sendable(setup: WorkerSetup, isolation: Isolation): WorkerSetup {
  const models = [setup.model, setup.head?.model];
  if (isolation === 'thread' || models.every((model) => model?.kind !== 'bytes')) return setup;
  throw new FeaturetapError(
    'OPTION_INVALID',
    "Expected the path of a model for isolation 'process', got bytes, which only threads can " +
      "share. Write the bytes to a file, or use isolation 'thread'.",
  );
}

function closedError(): FeaturetapError {
  return new FeaturetapError(
    'EXTRACTOR_CLOSED',
    'Expected an open extractor, but it was closed. Create a new one, or close it later.',
  );
}

import type { BatchRequest, Runner, SessionInfo } from '../session/runner.js';
import { startSessionPool } from '../session/session-pool.js';
import type { WorkerSetup } from '../session/worker-messages.js';
import { FeaturetapError } from '../spec/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { abortable, throwIfAborted } from './abortable.js';

/** A runner that refuses runs after it was closed, and stops waiting when a signal fires. */
export interface GuardedRunner {
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
  ): Promise<ReadonlyMap<string, Tensor>>;
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
  return guardRunner(runner);
}

function guardRunner(runner: Runner): GuardedRunner {
  let closing: Promise<void> | null = null;
  return {
    throwIfUnusable(signal) {
      if (closing !== null) throw closedError();
      throwIfAborted(signal);
    },
    async run(request, transfer, signal) {
      if (signal === undefined) return runner.run({ ...request, stop: null }, transfer);
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const work = runner.run({ ...request, stop }, transfer);
      return abortable(work, signal, () => Atomics.store(stop, 0, 1));
    },
    close: () => (closing ??= runner.close()),
  };
}

function closedError(): FeaturetapError {
  return new FeaturetapError(
    'EXTRACTOR_CLOSED',
    'Expected an open extractor, but it was closed. Create a new one, or close it later.',
  );
}

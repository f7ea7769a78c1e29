import { isMainThread } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { loadSharp } from '../image/load-sharp.js';
import { createExitGuard, removeExitGuard, type ExitGuard } from './exit-guard.js';
import { startPoolRunner } from './pool-runner.js';
import type { Runner } from './runner.js';
import { workerArguments, workerEntry } from './worker-entry.js';
import type { WorkerRequest, WorkerSetup } from './worker-messages.js';

/**
 * Batches that a worker has at hand: images of the second are decoded by libuv's threads while the
 * first is inside onnxruntime.
 *
 * Measured with efficientnet_lite0 and a 600 x 400 PNG on 2 cores: 12 % to 25 % more images a second
 * than one at a time, whatever the number of workers and threads.
 */
const TASKS_PER_WORKER = 2;

/**
 * Room for young objects in each worker, MiB: what a batch leaves behind is little besides buffers. By
 * default the engine takes up to 48 and gives it back at will, which moves a worker's memory in steps
 * of 8 MB.
 */
const YOUNG_MEBIBYTES = 6;

/** Options of a pool. */
export interface PoolOptions {
  /** Workers; each loads the model. */
  readonly workers: number;
  /** File that runs in each worker; another one in tests. */
  readonly entry?: URL;
}

/** What a thread is given when it starts. */
export interface ThreadSetup extends WorkerSetup {
  /** Keeps the process from ending inside native code. */
  readonly guard: ExitGuard;
}

/**
 * Starts worker threads that each load the model, and waits until they have.
 *
 * The pool is piscina's: it starts threads, queues, balances, replaces workers that die and lets the
 * process end while they are idle. Three of its habits are worked around here. A signal that fires
 * during a task would terminate the thread inside native code, so piscina gets none. Closing would
 * terminate after a timeout, so all tasks are waited for first. And workers are asked to release the
 * model before they are terminated.
 *
 * @throws FeaturetapError `RUNTIME_FAILED`
 */
export async function startThreadPool(setup: WorkerSetup, options: PoolOptions): Promise<Runner> {
  // onnxruntime 1.29 and later send usage data from Linux and macOS unless told not to, before the
  // native part loads. Threads see a copy of the environment: only the main one can tell it.
  if (isMainThread) process.env.ORT_DISABLE_TELEMETRY ??= '1';
  const { workers, entry = workerEntry('thread-worker') } = options;
  const guard = createExitGuard();
  const pool = new Piscina({
    filename: entry.href,
    name: 'handleRequest',
    workerData: { ...setup, guard } satisfies ThreadSetup,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: TASKS_PER_WORKER,
    // A batch that no worker could take goes to the front again, not behind those that came later.
    stricterFIFO: true,
    execArgv: workerArguments(entry),
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEBIBYTES },
    // The default waits inside Atomics.wait, where no finaliser runs and buffers stay allocated.
    atomics: 'disabled',
  });
  return startPoolRunner({
    workers,
    kind: 'worker thread',
    async post(request, transfer): Promise<unknown> {
      if (!isSharpLoaded && needsSharp(request)) await prepareSharp();
      return pool.run(request, { transferList: [...transfer] }) as Promise<unknown>;
    },
    onAllDead(listener) {
      // Without a listener an idle worker's death would be an uncaught exception.
      pool.on('error', (error) => {
        if (pool.threads.length === 0) listener(error);
      });
    },
    async destroy() {
      await pool.destroy();
      removeExitGuard(guard);
    },
  });
}

let isSharpLoaded = false;

/**
 * libvips must be initialised by the main thread before a worker decodes (sharp issues 1986, 2143).
 * Where it is missing, the worker that needs it says so.
 */
async function prepareSharp(): Promise<void> {
  await loadSharp().catch(() => undefined);
  isSharpLoaded = true;
}

/** Not when all are tensors: loading it takes longer than a worker does. */
function needsSharp(request: WorkerRequest): boolean {
  return request.kind === 'run' && request.items.some(({ kind }) => kind === 'encoded');
}

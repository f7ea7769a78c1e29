import { Tinypool } from 'tinypool';
import { startPoolRunner } from './pool-runner.js';
import type { ProcessRequest } from './process-worker.js';
import type { Runner } from './runner.js';
import type { PoolOptions } from './thread-pool.js';
import { workerArguments, workerEntry } from './worker-entry.js';
import type { WorkerRequest, WorkerSetup } from './worker-messages.js';

/**
 * Starts worker processes that each load the model, and waits until they have.
 *
 * A worker has one batch at a time, so its death costs that batch and no other; threads have two at
 * hand and end with the process. The pool is tinypool's, which starts processes, queues, replaces
 * those that die and lets the caller's process end while they are idle; piscina has threads only.
 *
 * @throws FeaturetapError `RUNTIME_FAILED`
 */
export async function startProcessPool(setup: WorkerSetup, options: PoolOptions): Promise<Runner> {
  const { workers, entry = workerEntry('process-worker') } = options;
  const pool = new Tinypool({
    runtime: 'child_process',
    filename: entry.href,
    name: 'handleRequest',
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 1,
    execArgv: workerArguments(entry),
    env: environment(),
    // Typed arrays would become objects of digits in JSON.
    serialization: 'advanced',
  });
  let tellAllDead: (reason: unknown) => void = () => undefined;
  const tellIfAllDead = (reason: unknown): void => {
    if (pool.threads.length === 0) tellAllDead(reason);
  };
  return startPoolRunner({
    workers,
    kind: 'worker process',
    async post(request) {
      const asked: ProcessRequest = { setup, request: withoutSharedMemory(request) };
      return (pool.run(asked) as Promise<unknown>).catch((error: unknown) => {
        // Once a worker has died while it started, tinypool replaces none, and says so only of those
        // that were idle: batches that wait would wait for ever.
        tellIfAllDead(error);
        throw error;
      });
    },
    onAllDead(listener) {
      tellAllDead = listener;
      // Without a listener an idle worker's death would be an uncaught exception.
      pool.on('error', tellIfAllDead);
    },
    destroy: () => pool.destroy(),
  });
}

function environment(): Record<string, string> {
  const { env } = process;
  return {
    // See startThreadPool.
    ORT_DISABLE_TELEMETRY: '1',
    ...Object.fromEntries(Object.entries(env).filter((entry) => entry[1] !== undefined)),
    // In an Electron application the executable is not Node unless it is told so.
    ELECTRON_RUN_AS_NODE: '1',
  };
}

/** A stopped batch is dropped by the caller; its process does not hear of it and ends it. */
function withoutSharedMemory(request: WorkerRequest): WorkerRequest {
  return request.kind === 'run' ? { ...request, stop: null } : request;
}

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { loadSharp } from '../image/load-sharp.js';
import { FeaturetapError } from '../spec/errors.js';
import { decodeError } from './encode-error.js';
import { createExitGuard, removeExitGuard } from './exit-guard.js';
import type { Runner } from './runner.js';
import type { WorkerAnswers, WorkerReply, WorkerRequest, WorkerSetup } from './worker-messages.js';

/**
 * Batches that a worker has at hand: images of the second are decoded by libuv's threads while the
 * first is inside onnxruntime.
 *
 * Measured with efficientnet_lite0 and a 600 x 400 PNG on 2 cores: 12 % to 25 % more images a second
 * than one at a time, whatever the number of workers and threads.
 */
const TASKS_PER_WORKER = 2;

/** Options of {@link startSessionPool}. */
export interface SessionPoolOptions {
  /** Worker threads; each loads the model. */
  readonly workers: number;
  /** File that runs in each worker; another one in tests. */
  readonly entry?: URL;
}

interface PendingTask {
  readonly fail: (error: unknown) => void;
  readonly done: Promise<unknown>;
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
export async function startSessionPool(
  setup: Omit<WorkerSetup, 'guard'>,
  options: SessionPoolOptions,
): Promise<Runner> {
  await prepareProcess();
  const { workers, entry = workerEntry() } = options;
  const guard = createExitGuard();
  const pool = new Piscina({
    filename: entry.href,
    name: 'handleRequest',
    workerData: { ...setup, guard } satisfies WorkerSetup,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: TASKS_PER_WORKER,
    execArgv: workerArguments(entry),
    // The default waits inside Atomics.wait, where no finaliser runs and buffers stay allocated.
    atomics: 'disabled',
  });
  const pending = new Set<PendingTask>();
  // Without a listener an idle worker's death would be an uncaught exception. When no worker can
  // start any more, piscina leaves the queue waiting for ever.
  pool.on('error', (error) => {
    if (pool.threads.length > 0) return;
    for (const task of pending) task.fail(error);
  });

  async function ask<K extends WorkerRequest['kind']>(
    request: Extract<WorkerRequest, { kind: K }>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<WorkerAnswers[K]> {
    let fail: PendingTask['fail'] = () => undefined;
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const answered = pool.run(request, { transferList: [...transfer] }) as Promise<WorkerReply<K>>;
    const done = Promise.race([answered, failed]);
    const task: PendingTask = { fail, done };
    pending.add(task);
    try {
      const reply = await done.catch((error: unknown) => {
        throw workerDied(error);
      });
      if (!reply.ok) throw decodeError(reply.error);
      return reply.value;
    } finally {
      pending.delete(task);
    }
  }

  /** Asks every worker: all are idle, so piscina gives each of them one of the tasks. */
  async function askEach<T>(question: () => Promise<T>): Promise<T[]> {
    const answers = Array.from({ length: workers }, question);
    await Promise.allSettled(answers);
    return Promise.all(answers);
  }

  async function close(): Promise<void> {
    await Promise.allSettled(Array.from(pending, (task) => task.done));
    // A worker that died meanwhile has nothing to release.
    await askEach(() => ask({ kind: 'release' })).catch(() => undefined);
    await pool.destroy();
    removeExitGuard(guard);
  }

  try {
    const [info] = await askEach(() => ask({ kind: 'describe' }));
    return {
      info: info!,
      async run(request, transfer) {
        const { outputs, failures } = await ask({ kind: 'run', ...request }, transfer);
        return {
          outputs: new Map(outputs),
          failures: new Map(failures.map(([index, error]) => [index, decodeError(error)])),
        };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What has to happen in the process before its first worker starts. */
async function prepareProcess(): Promise<void> {
  // onnxruntime 1.29 and later send usage data from Linux and macOS unless told not to, before the
  // native part loads. Threads see a copy of the environment: only the main one can tell it.
  if (isMainThread) process.env.ORT_DISABLE_TELEMETRY ??= '1';
  // libvips must be initialised by the main thread (sharp issues 1986, 2143). Where it is missing,
  // the worker that needs it says so.
  await loadSharp().catch(() => undefined);
}

/** This file's neighbour: TypeScript when the package runs from sources. */
function workerEntry(): URL {
  // Loaders add queries to the URL.
  const extension = new URL(import.meta.url).pathname.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./session-worker.${extension}`, import.meta.url);
}

/**
 * Replaces the arguments of this process, which may name hooks that are not for workers.
 *
 * tsx hooks `require` in a worker but not `import`; piscina tries `require` first.
 */
function workerArguments(entry: URL): string[] {
  if (!entry.pathname.endsWith('.ts')) return [];
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return ['--import', pathToFileURL(tsx).href];
}

function workerDied(cause: unknown): FeaturetapError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FeaturetapError(
    'RUNTIME_FAILED',
    `Expected an answer from a worker thread, but it ended: ${reason}. ` +
      'Its batch is lost and can be run again.',
    { cause },
  );
}

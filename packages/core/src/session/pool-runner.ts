import { FeaturetapError } from '../spec/errors.js';
import { decodeError } from './encode-error.js';
import type { Runner } from './runner.js';
import type { WorkerAnswers, WorkerReply, WorkerRequest } from './worker-messages.js';

/** A pool of workers that answer requests, of whatever kind. */
export interface WorkerPool {
  /** Workers; each loads the model. */
  readonly workers: number;
  /** What they are, for messages. */
  readonly kind: 'worker thread' | 'worker process';
  /** Gives a request to a worker that is free, or queues it; rejects when the worker dies. */
  post(request: WorkerRequest, transfer: readonly ArrayBuffer[]): Promise<unknown>;
  /** Calls back with the reason when a worker died and none is left that could answer. */
  onAllDead(listener: (reason: unknown) => void): void;
  /** Ends all workers. */
  destroy(): Promise<void>;
}

interface PendingTask {
  readonly fail: (error: unknown) => void;
  readonly done: Promise<unknown>;
}

/**
 * Makes a runner of a pool: waits until every worker has loaded the model.
 *
 * @throws FeaturetapError `RUNTIME_FAILED`
 */
export async function startPoolRunner(pool: WorkerPool): Promise<Runner> {
  const pending = new Set<PendingTask>();
  // When no worker can start any more, pools leave their queue waiting for ever.
  pool.onAllDead((reason) => {
    for (const task of pending) task.fail(reason);
  });

  async function ask<K extends WorkerRequest['kind']>(
    request: Extract<WorkerRequest, { kind: K }>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<WorkerAnswers[K]> {
    let fail: PendingTask['fail'] = () => undefined;
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const answered = pool.post(request, transfer) as Promise<WorkerReply<K>>;
    const done = Promise.race([answered, failed]);
    const task: PendingTask = { fail, done };
    pending.add(task);
    try {
      const reply = await done.catch((error: unknown) => {
        throw workerDied(pool.kind, error);
      });
      if (!reply.ok) throw decodeError(reply.error);
      return reply.value;
    } finally {
      pending.delete(task);
    }
  }

  /** Asks every worker: all are idle, so the pool gives each of them one of the tasks. */
  async function askEach<T>(question: () => Promise<T>): Promise<T[]> {
    const answers = Array.from({ length: pool.workers }, question);
    await Promise.allSettled(answers);
    return Promise.all(answers);
  }

  async function close(): Promise<void> {
    await Promise.allSettled(Array.from(pending, (task) => task.done));
    // A worker that died meanwhile has nothing to release.
    await askEach(() => ask({ kind: 'release' })).catch(() => undefined);
    await pool.destroy();
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

function workerDied(kind: WorkerPool['kind'], cause: unknown): FeaturetapError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FeaturetapError(
    'RUNTIME_FAILED',
    `Expected an answer from a ${kind}, but it ended: ${reason}. ` +
      'Its batch is lost and can be run again.',
    { cause },
  );
}

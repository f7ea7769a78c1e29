// Stands in for the real workers: the name of the output asked for says what happens.
import { isMainThread, threadId } from 'node:worker_threads';
import type { ProcessRequest } from '../../src/session/process-worker.js';
import type { WorkerReply, WorkerRequest } from '../../src/session/worker-messages.js';

/** Answers like a worker, or dies on request. */
export async function handleRequest(asked: WorkerRequest | ProcessRequest): Promise<WorkerReply> {
  const request = 'setup' in asked ? asked.request : asked;
  if (request.kind === 'describe') return { ok: true, value: { inputs: [], outputs: [] } };
  if (request.kind === 'release') return { ok: true, value: null };
  const [wish] = request.outputs;
  if (wish === 'exit') process.exit(3);
  if (wish === 'kill') process.kill(process.pid, 'SIGKILL');
  if (wish === 'throw') {
    setImmediate(() => {
      throw new Error('thrown outside of any task');
    });
    await new Promise(() => undefined);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  const data = Float32Array.of(isMainThread ? process.pid : threadId);
  return {
    ok: true,
    value: { outputs: [[wish ?? '', { dtype: 'float32', shape: [1], data }]], failures: [] },
  };
}

// Stands in for the real worker: the name of the output asked for says what happens.
import { threadId } from 'node:worker_threads';
import type { WorkerReply, WorkerRequest } from '../../src/session/worker-messages.js';

/** Answers like a worker, or dies on request. */
export async function handleRequest(request: WorkerRequest): Promise<WorkerReply> {
  if (request.kind === 'describe') return { ok: true, value: { inputs: [], outputs: [] } };
  if (request.kind === 'release') return { ok: true, value: null };
  const [wish] = request.outputs;
  if (wish === 'exit') process.exit(3);
  if (wish === 'throw') {
    setImmediate(() => {
      throw new Error('thrown outside of any task');
    });
    await new Promise(() => undefined);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  const data = Float32Array.of(threadId);
  return {
    ok: true,
    value: { outputs: [[wish ?? '', { dtype: 'float32', shape: [1], data }]], failures: [] },
  };
}

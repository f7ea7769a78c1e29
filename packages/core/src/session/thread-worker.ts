// Runs in a worker thread: decoding, preprocessing and onnxruntime block or burn this thread, not
// the caller's.
import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { createAnswerRequest } from './answer-requests.js';
import type { ThreadSetup } from './thread-pool.js';
import type { WorkerReply, WorkerRequest } from './worker-messages.js';

const { guard, ...setup } = workerData as ThreadSetup;
const answerRequest = createAnswerRequest(setup, guard);

/** Answers one request; the buffers of outputs are handed over instead of being copied. */
export async function handleRequest(request: WorkerRequest): Promise<unknown> {
  const reply = await answerRequest(request);
  if (!reply.ok || reply.value === null || !('failures' in reply.value)) return reply;
  return withTransfer(reply, reply.value.outputs);
}

function withTransfer(
  reply: WorkerReply,
  outputs: readonly (readonly [string, { readonly data: ArrayBufferView }])[],
): unknown {
  const buffers = new Set(outputs.map(([, { data }]) => data.buffer));
  return move({ [transferableSymbol]: [...buffers], [valueSymbol]: reply });
}

// Stands in for the real worker: doubles its input after a random time, and dies at a minus one.
import type { WorkerReply, WorkerRequest } from '../../src/session/worker-messages.js';

/** Answers like a worker whose model has one number in and one out. */
export async function handleRequest(request: WorkerRequest): Promise<WorkerReply> {
  if (request.kind === 'describe') return { ok: true, value: { inputs: [], outputs: [] } };
  if (request.kind === 'release') return { ok: true, value: null };
  const numbers = request.items.map((item) =>
    item.kind === 'tensor' ? Number(item.tensor.data[0]) : NaN,
  );
  if (numbers.includes(-1)) process.exit(3);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
  if (Atomics.load(request.stop!, 0) === 1) throw new Error('stopped');
  const data = Float32Array.from(numbers, (value) => 2 * value);
  const shape = [numbers.length, 1];
  return {
    ok: true,
    value: { outputs: [['pooled', { dtype: 'float32', shape, data }]], failures: [] },
  };
}

// Runs in a worker thread: decoding, preprocessing and onnxruntime block or burn this thread, not
// the caller's.
import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { assembleBatch } from './assemble-batch.js';
import { encodeError } from './encode-error.js';
import { withExitGuard } from './exit-guard.js';
import type { OpenSession } from './open-session.js';
import { openViews } from './open-views.js';
import { runBatch } from './run-batch.js';
import type { WorkerAnswers, WorkerReply, WorkerRequest, WorkerSetup } from './worker-messages.js';

const setup = workerData as WorkerSetup;
let opening: Promise<OpenSession> | null = null;

/** Answers one request; never rejects, so that no error passes through structured cloning. */
export async function handleRequest(request: WorkerRequest): Promise<unknown> {
  try {
    const value = await answer(request);
    return value !== null && 'outputs' in value && 'failures' in value
      ? withTransfer({ ok: true, value })
      : ({ ok: true, value } satisfies WorkerReply);
  } catch (error) {
    return { ok: false, error: encodeError(error) } satisfies WorkerReply;
  }
}

async function answer(request: WorkerRequest): Promise<WorkerAnswers[WorkerRequest['kind']]> {
  if (request.kind === 'release') {
    const session = await opening;
    opening = null;
    if (session !== null) await withExitGuard(setup.guard, () => session.release());
    return null;
  }
  // A worker that replaces a dead one was never asked to describe: it loads at its first run.
  opening ??= withExitGuard(setup.guard, () => openViews(setup)).catch((error: unknown) => {
    opening = null;
    throw error;
  });
  const session = await opening;
  if (request.kind === 'describe') return session.info;
  const { input, failures } = await assembleBatch(request, setup);
  const encoded = failures.map(([index, error]) => [index, encodeError(error)] as const);
  if (input === null) return { outputs: [], failures: encoded };
  const [batch] = setup.input.shape;
  const fixedRows = typeof batch === 'number' ? batch : null;
  const guarded: Pick<OpenSession, 'run'> = {
    run: (...args) => withExitGuard(setup.guard, () => session.run(...args)),
  };
  const outputs = await runBatch(guarded, input, request, fixedRows);
  return { outputs: [...outputs], failures: encoded };
}

/** Hands the buffers of the outputs over to the caller's thread instead of copying them. */
function withTransfer(reply: WorkerReply<'run'> & { ok: true }): unknown {
  const buffers = new Set<ArrayBufferLike>();
  for (const [, tensor] of reply.value.outputs) buffers.add(tensor.data.buffer);
  return move({ [transferableSymbol]: [...buffers], [valueSymbol]: reply });
}

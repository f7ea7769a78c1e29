import { assembleBatch, createDecodeLimit } from './assemble-batch.js';
import { createBatchBuffers } from './batch-buffers.js';
import { encodeError } from './encode-error.js';
import { withExitGuard, type ExitGuard } from './exit-guard.js';
import type { OpenSession } from './open-session.js';
import { openViews } from './open-views.js';
import { runBatch } from './run-batch.js';
import type { WorkerAnswers, WorkerReply, WorkerRequest, WorkerSetup } from './worker-messages.js';

/** Answers one request; never rejects, so that no error passes through structured cloning. */
export type AnswerRequest = (request: WorkerRequest) => Promise<WorkerReply>;

/**
 * What a worker does, whether it is a thread or a process: it loads its model at the first request
 * and keeps it.
 *
 * @param guard - keeps the process from ending inside native code.
 */
export function createAnswerRequest(setup: WorkerSetup, guard: ExitGuard): AnswerRequest {
  const limit = createDecodeLimit(setup);
  const buffers = createBatchBuffers(setup.input.dtype);
  let opening: Promise<OpenSession> | null = null;

  async function answer(request: WorkerRequest): Promise<WorkerAnswers[WorkerRequest['kind']]> {
    if (request.kind === 'release') {
      const session = await opening;
      opening = null;
      if (session !== null) await withExitGuard(guard, () => session.release());
      return null;
    }
    // A worker that replaces a dead one was never asked to describe: it loads at its first run.
    opening ??= withExitGuard(guard, () => openViews(setup)).catch((error: unknown) => {
      opening = null;
      throw error;
    });
    const session = await opening;
    if (request.kind === 'describe') return session.info;
    const { input, failures, release } = await assembleBatch(request, setup, limit, buffers);
    const encoded = failures.map(([index, error]) => [index, encodeError(error)] as const);
    if (input === null) {
      release();
      return { outputs: [], failures: encoded };
    }
    const [batch] = setup.input.shape;
    const fixedRows = typeof batch === 'number' ? batch : null;
    const guarded: Pick<OpenSession, 'run'> = {
      run: (...args) => withExitGuard(guard, () => session.run(...args)),
    };
    const outputs = await runBatch(guarded, input, request, fixedRows).finally(release);
    return { outputs: [...outputs], failures: encoded };
  }

  return async (request) => {
    try {
      return { ok: true, value: await answer(request) };
    } catch (error) {
      return { ok: false, error: encodeError(error) };
    }
  };
}

// Runs in a process of its own: what crashes, or is killed, takes no other batch with it.
import { createAnswerRequest, type AnswerRequest } from './answer-requests.js';
import type { ExitGuard } from './exit-guard.js';
import type { WorkerReply, WorkerRequest, WorkerSetup } from './worker-messages.js';

/** A request with what the worker must know; it is small, and a process gets no data at its start. */
export interface ProcessRequest {
  /** What a worker is told once. */
  readonly setup: WorkerSetup;
  /** What it is asked to do. */
  readonly request: WorkerRequest;
}

// Ctrl-C reaches every process of the terminal: the caller's decides what becomes of its batches.
process.on('SIGINT', () => undefined);
// The caller's process is gone, in whatever way.
process.on('disconnect', () => process.exit());

let answerRequest: AnswerRequest | null = null;

/** Answers one request. */
export function handleRequest({ setup, request }: ProcessRequest): Promise<WorkerReply> {
  // Nothing stops threads of this process inside native code: the guard has nothing to keep.
  const guard: ExitGuard = new Int32Array(new SharedArrayBuffer(8));
  answerRequest ??= createAnswerRequest(setup, guard);
  return answerRequest(request);
}

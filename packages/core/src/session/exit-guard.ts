/**
 * Shared memory that counts calls into native code; index 0: calls under way, index 1: 1 when the
 * process is ending.
 */
export type ExitGuard = Int32Array<SharedArrayBuffer>;

const CALLS = 0;
const ENDING = 1;

const guards = new Set<ExitGuard>();

/**
 * Makes the process wait at its end for native calls of worker threads.
 *
 * When a process exits, Node stops its threads. onnxruntime's binding does not expect that: a run
 * that returns into a stopped thread aborts the whole process (exit code 134). Node would wait for
 * the run anyway, because native code cannot be stopped.
 *
 * It cannot wait in a thread that is itself stopped from outside: a caller in a worker thread that
 * may be terminated must close its extractors first, or let them run in processes.
 */
export function createExitGuard(): ExitGuard {
  const guard: ExitGuard = new Int32Array(new SharedArrayBuffer(8));
  if (guards.size === 0) process.on('exit', waitForAll);
  guards.add(guard);
  return guard;
}

/** Forgets a guard whose workers are gone. */
export function removeExitGuard(guard: ExitGuard): void {
  guards.delete(guard);
  if (guards.size === 0) process.off('exit', waitForAll);
}

/** Runs in a worker thread: calls native code while the process cannot end, or not at all. */
export async function withExitGuard<T>(guard: ExitGuard, call: () => Promise<T>): Promise<T> {
  // Counted before the flag is read: either this thread sees the flag or the other one the count.
  Atomics.add(guard, CALLS, 1);
  try {
    if (Atomics.load(guard, ENDING) === 1) throw new Error('The process is ending.');
    return await call();
  } finally {
    Atomics.sub(guard, CALLS, 1);
    Atomics.notify(guard, CALLS);
  }
}

function waitForAll(): void {
  for (const guard of guards) Atomics.store(guard, ENDING, 1);
  for (const guard of guards) {
    for (let calls = Atomics.load(guard, CALLS); calls > 0; calls = Atomics.load(guard, CALLS)) {
      Atomics.wait(guard, CALLS, calls);
    }
  }
}

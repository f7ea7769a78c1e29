import { FeaturetapError } from '../spec/errors.js';

/** @throws FeaturetapError `ABORTED` when the signal has fired; its reason is the cause. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}

/**
 * Waits for work or for a signal, whichever comes first.
 *
 * @param onAbort - tells the work to stop at its next step; its result is dropped.
 * @throws FeaturetapError `ABORTED`, or what the work throws
 */
export async function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal,
  onAbort: () => void,
): Promise<T> {
  let stopWaiting: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stopWaiting = whenAborted(signal, () => {
      onAbort();
      reject(abortError(signal));
    });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stopWaiting();
  }
}

interface Waiting {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const waitingFor = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls back when a signal fires; returns how to forget the callback.
 *
 * All runs that share a signal share one listener: Node warns of a leak at the eleventh.
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  let waiting = waitingFor.get(signal);
  if (waiting === undefined) {
    const callbacks = new Set<() => void>();
    const listener = (): void => {
      for (const each of callbacks) each();
    };
    waiting = { callbacks, listener };
    waitingFor.set(signal, waiting);
    signal.addEventListener('abort', listener, { once: true });
  }
  const { callbacks, listener } = waiting;
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size > 0) return;
    signal.removeEventListener('abort', listener);
    waitingFor.delete(signal);
  };
}

/** The error of a run that a signal stopped; the reason of the signal is its cause. */
export function abortError(signal: AbortSignal): FeaturetapError {
  return new FeaturetapError('ABORTED', 'The run was stopped by the signal of the caller.', {
    cause: signal.reason,
  });
}

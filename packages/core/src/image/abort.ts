import { FeaturetapError } from '../spec/errors.js';

/**
 * Throws when the signal has fired.
 *
 * @throws FeaturetapError `ABORTED`; the reason of the signal is the cause
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new FeaturetapError('ABORTED', 'Decoding was stopped by the signal of the caller.', {
    cause: signal.reason,
  });
}

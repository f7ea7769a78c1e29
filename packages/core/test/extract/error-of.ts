import { isFeaturetapError, type FeaturetapError } from '../../src/spec/errors.js';

/** The typed error that work fails with; anything else fails the test. */
export async function errorOf(work: Promise<unknown>): Promise<FeaturetapError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isFeaturetapError(error)) throw new Error(`no FeaturetapError: ${String(error)}`);
  return error;
}

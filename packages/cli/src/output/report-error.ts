import { isFeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { EXIT, exitCodeOf } from './exit-code.js';

/** Longest message that is printed, characters; file names and model names are part of it. */
const MAX_MESSAGE = 2000;

/**
 * Reports an error on standard error and returns the exit code.
 *
 * Never a stack trace, unless the environment has FEATURETAP_DEBUG.
 */
export function reportError(error: unknown, json: boolean): number {
  const known = isFeaturetapError(error);
  const code = known ? error.code : 'INTERNAL';
  const text = error instanceof Error ? error.message : String(error);
  const message = printableName(text, MAX_MESSAGE);
  const line = json
    ? JSON.stringify({ error: { code, message } })
    : `featuretap: ${code}: ${message}`;
  process.stderr.write(`${line}\n`);
  if (process.env.FEATURETAP_DEBUG && error instanceof Error) {
    process.stderr.write(`${error.stack ?? ''}\n`);
  }
  return known ? exitCodeOf(error.code) : EXIT.failed;
}

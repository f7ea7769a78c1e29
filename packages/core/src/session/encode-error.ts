import { FeaturetapError, isFeaturetapError, type ErrorCode } from '../spec/errors.js';

/** An error as plain data: posting an Error to another thread drops its code. */
export interface EncodedError {
  /** Code of a FeaturetapError; null for other errors. */
  readonly code: ErrorCode | null;
  /** Class of the error. */
  readonly name: string;
  /** What happened. */
  readonly message: string;
  /** Where it happened, for people. */
  readonly stack: string | null;
  /** What caused it, or null. */
  readonly cause: EncodedError | null;
}

/** Longest chain of causes that is kept. */
const MAX_CAUSES = 5;

/** Turns an error and its causes into plain data. */
export function encodeError(error: unknown, depth = 0): EncodedError {
  if (!(error instanceof Error)) {
    return { code: null, name: 'Error', message: String(error), stack: null, cause: null };
  }
  const { name, message, stack = null, cause } = error;
  return {
    code: isFeaturetapError(error) ? error.code : null,
    name,
    message,
    stack,
    cause: cause === undefined || depth >= MAX_CAUSES ? null : encodeError(cause, depth + 1),
  };
}

/** Rebuilds an error from {@link encodeError}; the stack is that of the other thread. */
export function decodeError(encoded: EncodedError): Error {
  const options = encoded.cause === null ? undefined : { cause: decodeError(encoded.cause) };
  const error =
    encoded.code === null
      ? Object.assign(new Error(encoded.message, options), { name: encoded.name })
      : new FeaturetapError(encoded.code, encoded.message, options);
  if (encoded.stack !== null) error.stack = encoded.stack;
  return error;
}

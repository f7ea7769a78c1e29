import type { ErrorCode } from '@featuretap/core/spec';

/** Exit codes of the command. */
export const EXIT = {
  /** Done. */
  done: 0,
  /** Failed: the input, the files or the machine. */
  failed: 1,
  /** Wrong usage: arguments or options. */
  usage: 2,
} as const;

/** Error codes that mean wrong usage. */
const USAGE_CODES: ReadonlySet<ErrorCode> = new Set(['OPTION_INVALID', 'UNKNOWN_NAME']);

/** Exit code for an error code. */
export function exitCodeOf(code: ErrorCode): number {
  return USAGE_CODES.has(code) ? EXIT.usage : EXIT.failed;
}

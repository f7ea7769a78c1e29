import { z } from 'zod';
import { FeaturetapError, type ErrorCode } from './errors.js';

/** Longest list of problems that one message carries; the rest is counted. */
const MAX_PROBLEMS = 5;

/**
 * Parses `value` by `schema`; every problem is named with its path.
 *
 * @param where - what is being parsed, for the message, such as `options of createExtractor`.
 * @throws {@link FeaturetapError} with `code` when the value does not follow the schema.
 */
export function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
  where: string,
  code: ErrorCode = 'OPTION_INVALID',
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  const rest = problems.length - MAX_PROBLEMS;
  const shown = problems.slice(0, MAX_PROBLEMS).join('; ') + (rest > 0 ? `; and ${rest} more` : '');
  throw new FeaturetapError(code, `${where}: ${shown}.`, { cause: result.error });
}

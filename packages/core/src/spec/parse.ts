import { z } from 'zod';
import { printableName } from '../wire/name.js';
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
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const path = issue.path.map(String).join('.');
    return path === '' ? problemOf(issue) : `${path}: ${problemOf(issue)}`;
  });
  const rest = problems.length - MAX_PROBLEMS;
  const shown = problems.slice(0, MAX_PROBLEMS).join('; ') + (rest > 0 ? `; and ${rest} more` : '');
  throw new FeaturetapError(code, `${where}: ${shown}.`, { cause: result.error });
}

/** What was expected and what came; schemas' own messages stay as they are. */
function problemOf({ code, message, input }: z.core.$ZodIssue): string {
  if (code === 'unrecognized_keys' || code === 'custom' || !message.startsWith('Invalid ')) {
    return message;
  }
  const expected = message.replace(/^Invalid \w+: /u, '').replace(/, received .*$/su, '');
  return `${expected}, got ${describe(input)}`;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `"${printableName(value, 80)}"`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === undefined || value === null) return 'nothing';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

import { z } from 'zod';

/**
 * Schema of an options object: unknown options are refused by a message that lists the known ones.
 *
 * Silently ignoring a misspelt option would run with its default.
 */
export function strictOptions<T extends z.core.$ZodLooseShape>(
  shape: T,
): z.ZodObject<T, z.core.$strict> {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown option ${issue.keys.join(', ')}; known options are ${known}`
        : undefined,
  });
}

import { describe, expect, it } from 'vitest';
import { decodeError, encodeError } from '../../src/session/encode-error.js';
import { FeaturetapError, isFeaturetapError } from '../../src/spec/errors.js';

describe('an error posted to another thread', () => {
  it('keeps code, message, stack and causes', () => {
    const cause = new RangeError('inner', { cause: 'text' });
    const error = new FeaturetapError('IMAGE_LIMIT', 'outer', { cause });
    const copy = decodeError(structuredClone(encodeError(error)));
    expect(isFeaturetapError(copy) && copy.code).toBe('IMAGE_LIMIT');
    expect(copy.message).toBe('outer');
    expect(copy.stack).toBe(error.stack);
    expect(copy.cause).toMatchObject({ name: 'RangeError', message: 'inner' });
    expect((copy.cause as Error).cause).toMatchObject({ message: 'text' });
  });

  it('has a bounded chain of causes, even a circular one', () => {
    const error = new Error('a');
    error.cause = error;
    let depth = 0;
    for (
      let each: unknown = decodeError(encodeError(error));
      each instanceof Error;
      each = each.cause
    )
      depth++;
    expect(depth).toBe(6);
  });

  it('may be anything that was thrown', () => {
    expect(decodeError(encodeError(null)).message).toBe('null');
  });
});

import { FeaturetapError } from '../spec/errors.js';
import type { Cursor } from './cursor.js';
import { readTag, readValueLength } from './cursor.js';

/** One field of a message: where it stands, without its value. */
export interface WireField {
  /** Field number. */
  readonly field: number;
  /** One of `WIRE`. */
  readonly wireType: number;
  /** Offset in the file of the tag. */
  readonly start: number;
  /** Offset in the file of the value, behind the tag and the length. */
  readonly valueStart: number;
  /** Offset in the file of the end of the value. */
  readonly end: number;
}

/**
 * Fields of one message. Two bytes can be a field, and each that is kept costs up to a hundred times
 * as much: without a limit, a small file would take all memory. The largest graphs exported so far
 * have about 40,000 nodes and as many declared values.
 */
export const MAX_FIELDS = 1 << 18;

/** Reports a message with more than {@link MAX_FIELDS} fields. */
export function tooManyFields(offset: number): FeaturetapError {
  return new FeaturetapError(
    'MODEL_LIMIT',
    `Expected at most ${MAX_FIELDS} fields in one message, found more by byte ${offset}. ` +
      'No image classifier is that large; the file is hostile or damaged.',
  );
}

/**
 * Walks the fields of a message that is in memory; the cursor stands at each field's value.
 *
 * The caller reads the value through the cursor or ignores it; either way the walk goes on behind
 * it.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED`, or `MODEL_LIMIT` for more than
 * {@link MAX_FIELDS} fields
 */
export function* walkFields(cursor: Cursor): Generator<WireField, void, void> {
  const limit = cursor.base + cursor.bytes.length;
  let count = 0;
  while (cursor.at < cursor.bytes.length) {
    const start = cursor.base + cursor.at;
    if (++count > MAX_FIELDS) throw tooManyFields(start);
    const { field, wireType } = readTag(cursor);
    const length = readValueLength(cursor, wireType, limit);
    const valueStart = cursor.base + cursor.at;
    const end = valueStart + length;
    yield { field, wireType, start, valueStart, end };
    cursor.at = end - cursor.base;
  }
}

/** The bytes of a length-delimited field's value, as a view. */
export function fieldBytes(cursor: Cursor, field: WireField): Uint8Array {
  return cursor.bytes.subarray(field.valueStart - cursor.base, field.end - cursor.base);
}

/** A cursor over the message that a length-delimited field holds. */
export function fieldCursor(cursor: Cursor, field: WireField): Cursor {
  return { bytes: fieldBytes(cursor, field), at: 0, base: field.valueStart };
}

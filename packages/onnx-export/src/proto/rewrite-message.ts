import { fieldCursor, walkFields, WIRE, type Cursor } from '@featuretap/core/wire';
import { bytesField, concatBytes } from './encode.js';

/** Gives a field's new value: the same array to leave the field as it stands, null to drop it. */
export type FieldRewrite = (value: Cursor) => Uint8Array | null;

/**
 * A message with some of its length-delimited fields written anew; all others, those that nobody
 * knows included, stay byte for byte and in their order.
 *
 * @param rewrites - by field number.
 * @throws FeaturetapError `MODEL_TRUNCATED` or `MODEL_MALFORMED`
 */
export function rewriteMessage(
  cursor: Cursor,
  rewrites: ReadonlyMap<number, FieldRewrite>,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let isSame = true;
  for (const field of walkFields(cursor)) {
    const whole = cursor.bytes.subarray(field.start - cursor.base, field.end - cursor.base);
    const rewrite = field.wireType === WIRE.bytes ? rewrites.get(field.field) : undefined;
    if (rewrite === undefined) {
      parts.push(whole);
      continue;
    }
    const value = fieldCursor(cursor, field);
    const rewritten = rewrite(value);
    if (rewritten === value.bytes) {
      parts.push(whole);
      continue;
    }
    isSame = false;
    if (rewritten !== null) parts.push(bytesField(field.field, rewritten));
  }
  return isSame ? cursor.bytes : concatBytes(parts);
}

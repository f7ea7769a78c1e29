import type { ByteRange, ByteSource } from './byte-source.js';
import type { Cursor } from './cursor.js';
import { MAX_VARINT_BYTES, readTag, readValueLength, truncated } from './cursor.js';
import type { WireField } from './field.js';

/**
 * Bytes fetched at once while scanning.
 *
 * Large enough that a graph of a thousand nodes needs a few reads, small enough that skipping over
 * a weight never reads much of it.
 */
export const SCAN_WINDOW_BYTES = 1 << 16;

/** Longest tag plus length: two varints. */
const MAX_HEADER_BYTES = 2 * MAX_VARINT_BYTES;

/** A scanned field; `bytes` reads its value, from the window when it is there already. */
export interface ScannedField extends WireField {
  /** Bytes of the value; the caller decides whether they are worth reading. */
  bytes(): Promise<Uint8Array>;
}

/**
 * Walks the fields of a message in a {@link ByteSource}, reading headers only.
 *
 * Values are skipped unless {@link ScannedField.bytes} is called, so time and memory follow the
 * number of fields, not the size of the weights.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED` or `MODEL_MALFORMED`
 */
export async function* scanFields(
  source: ByteSource,
  range: ByteRange,
): AsyncGenerator<ScannedField, void, void> {
  if (range.end > source.size) throw truncated(range.end - range.start, range.start, source.size);
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = range.start;

  const covers = (start: number, end: number): boolean =>
    start >= windowStart && end <= windowStart + window.length;
  const view = (start: number, end: number): Uint8Array =>
    window.subarray(start - windowStart, end - windowStart);
  const fill = async (start: number): Promise<void> => {
    window = await source.read(start, Math.min(start + SCAN_WINDOW_BYTES, range.end));
    windowStart = start;
  };

  let at = range.start;
  while (at < range.end) {
    if (!covers(at, Math.min(at + MAX_HEADER_BYTES, range.end))) await fill(at);
    const cursor: Cursor = { bytes: window, at: at - windowStart, base: windowStart };
    const { field, wireType } = readTag(cursor);
    const length = readValueLength(cursor, wireType, range.end);
    const start = at;
    const valueStart = cursor.base + cursor.at;
    const end = valueStart + length;
    const bytes = async (): Promise<Uint8Array> => {
      if (covers(valueStart, end)) return view(valueStart, end);
      if (length > SCAN_WINDOW_BYTES) return source.read(valueStart, end);
      await fill(valueStart);
      return view(valueStart, end);
    };
    yield { field, wireType, start, valueStart, end, bytes };
    at = end;
  }
}

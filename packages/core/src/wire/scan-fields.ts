import type { ByteRange, ByteSource } from './byte-source.js';
import type { Cursor } from './cursor.js';
import { MAX_VARINT_BYTES, readTag, readValueLength, truncated } from './cursor.js';
import { MAX_FIELDS, tooManyFields, type WireField } from './field.js';

/**
 * Most bytes fetched at once while scanning.
 *
 * Large enough that a graph of a thousand nodes needs a few reads.
 */
export const SCAN_WINDOW_BYTES = 1 << 16;

/**
 * Bytes fetched first, and again behind each value that was skipped; doubled while the scan goes on
 * from one window into the next.
 *
 * Between two weights stand a few dozen bytes, so a full window there would read the weights.
 */
const FIRST_WINDOW_BYTES = 1 << 9;

/** Longest tag plus length: two varints. */
const MAX_HEADER_BYTES = 2 * MAX_VARINT_BYTES;

/** A scanned field; `bytes` reads its value, from the window when it is there already. */
export interface ScannedField extends WireField {
  /** Bytes of the value; the caller decides whether they are worth reading. */
  bytes(): Promise<Uint8Array>;
  /** Bytes of the field as it stands, tag and length included. */
  whole(): Promise<Uint8Array>;
}

/**
 * Walks the fields of a message in a {@link ByteSource}, reading headers only.
 *
 * Values are skipped unless {@link ScannedField.bytes} is called, so time and memory follow the
 * number of fields, not the size of the weights.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED`, or `MODEL_LIMIT` for more than
 * `MAX_FIELDS` fields
 */
export async function* scanFields(
  source: ByteSource,
  range: ByteRange,
): AsyncGenerator<ScannedField, void, void> {
  if (range.end > source.size) throw truncated(range.end - range.start, range.start, source.size);
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = range.start;
  let windowSize = FIRST_WINDOW_BYTES;

  const covers = (start: number, end: number): boolean =>
    start >= windowStart && end <= windowStart + window.length;
  const view = (start: number, end: number): Uint8Array =>
    window.subarray(start - windowStart, end - windowStart);
  /** Moves the window to `start`, so that it holds at least `length` bytes from there. */
  const fill = async (start: number, length: number): Promise<void> => {
    const goesOn = start <= windowStart + window.length;
    windowSize = goesOn ? Math.min(2 * windowSize, SCAN_WINDOW_BYTES) : FIRST_WINDOW_BYTES;
    window = await source.read(start, Math.min(start + Math.max(windowSize, length), range.end));
    windowStart = start;
  };
  const get = async (start: number, end: number): Promise<Uint8Array> => {
    if (covers(start, end)) return view(start, end);
    if (end - start > SCAN_WINDOW_BYTES) return source.read(start, end);
    await fill(start, end - start);
    return view(start, end);
  };

  let at = range.start;
  let count = 0;
  while (at < range.end) {
    if (++count > MAX_FIELDS) throw tooManyFields(at);
    const headerEnd = Math.min(at + MAX_HEADER_BYTES, range.end);
    if (!covers(at, headerEnd)) await fill(at, headerEnd - at);
    const cursor: Cursor = { bytes: window, at: at - windowStart, base: windowStart };
    const { field, wireType } = readTag(cursor);
    const length = readValueLength(cursor, wireType, range.end);
    const start = at;
    const valueStart = cursor.base + cursor.at;
    const end = valueStart + length;
    const bytes = (): Promise<Uint8Array> => get(valueStart, end);
    const whole = (): Promise<Uint8Array> => get(start, end);
    yield { field, wireType, start, valueStart, end, bytes, whole };
    at = end;
  }
}

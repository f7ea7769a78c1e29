import type { ByteRange } from '@featuretap/core/wire';
import { WIRE } from '@featuretap/core/wire';
import { concatBytes, varint } from '../proto/encode.js';
import type { FieldRange } from '../proto/model.js';
import type { Segment } from './segments.js';

/** A message that stands around a splice: a field of the model, or of a message in it. */
export interface Enclosing {
  /** Field number. */
  readonly field: number;
  /** Where it stands. */
  readonly at: FieldRange;
}

/** Replaces the bytes of a range (empty: inserts) of the original file. */
export interface Splice extends ByteRange {
  /** What stands there instead. */
  readonly bytes: Uint8Array;
  /** The messages around it, the outermost first; their lengths are rewritten. */
  readonly inside: readonly Enclosing[];
}

interface Growth {
  readonly outer: readonly Enclosing[];
  readonly message: Enclosing;
  bytes: number;
}

/** The headers (tag and length) of all messages around splices, as splices of their own. */
function headersOf(splices: readonly Splice[]): Splice[] {
  const growths = new Map<number, Growth>();
  const grow = (inside: readonly Enclosing[], bytes: number): void => {
    inside.forEach((message, depth) => {
      const growth = growths.get(message.at.start);
      if (growth !== undefined) growth.bytes += bytes;
      else growths.set(message.at.start, { outer: inside.slice(0, depth), message, bytes });
    });
  };
  for (const { start, end, bytes, inside } of splices) grow(inside, bytes.length - (end - start));
  // A header can itself grow with its length, so inner messages come before those around them.
  const headers: Splice[] = [];
  for (const growth of [...growths.values()].sort((a, b) => b.outer.length - a.outer.length)) {
    const { start, valueStart, end } = growth.message.at;
    if (growth.bytes === 0) continue;
    const tag = varint(growth.message.field * 8 + WIRE.bytes);
    const bytes = concatBytes([tag, varint(end - valueStart + growth.bytes)]);
    grow(growth.outer, bytes.length - (valueStart - start));
    headers.push({ start, end: valueStart, bytes, inside: growth.outer });
  }
  return headers;
}

/**
 * The pieces of a file of `size` bytes with splices applied; splices must not overlap, and those
 * that insert at one offset keep their order.
 */
export function toSegments(size: number, splices: readonly Splice[]): Segment[] {
  const segments: Segment[] = [];
  const copy = (start: number, end: number): void => {
    if (end > start) segments.push({ kind: 'copy', range: { start, end } });
  };
  let at = 0;
  const all = [...splices, ...headersOf(splices)];
  for (const { start, end, bytes } of all.sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) throw new RangeError(`splice at ${start} overlaps the one before`);
    copy(at, start);
    if (bytes.length > 0) segments.push({ kind: 'bytes', bytes });
    at = end;
  }
  copy(at, size);
  return segments;
}

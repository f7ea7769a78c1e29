import type { ByteRange, ByteSource } from '@featuretap/core/wire';

/** Replaces the bytes of a range (empty: inserts) of the original file. */
export interface Splice extends ByteRange {
  /** What stands there instead. */
  readonly bytes: Uint8Array;
}

/** A range of the original. */
export interface CopySegment {
  /** Tells the kinds apart. */
  readonly kind: 'copy';
  /** Range of the original file. */
  readonly range: ByteRange;
}

/** New bytes. */
export interface BytesSegment {
  /** Tells the kinds apart. */
  readonly kind: 'bytes';
  /** The bytes. */
  readonly bytes: Uint8Array;
}

/** A piece of a file to write. */
export type Segment = CopySegment | BytesSegment;

/** Bytes copied at once. */
const COPY_CHUNK_BYTES = 1 << 22;

/** Change of length that splices make. */
export function growth(splices: readonly Splice[]): number {
  return splices.reduce((sum, { start, end, bytes }) => sum + bytes.length - (end - start), 0);
}

/** The pieces of a file of `size` bytes with splices applied; splices must not overlap. */
export function toSegments(size: number, splices: readonly Splice[]): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const { start, end, bytes } of [...splices].sort((a, b) => a.start - b.start)) {
    if (start < at) throw new RangeError(`splice at ${start} overlaps the one before`);
    if (start > at) segments.push({ kind: 'copy', range: { start: at, end: start } });
    if (bytes.length > 0) segments.push({ kind: 'bytes', bytes });
    at = end;
  }
  if (at < size) segments.push({ kind: 'copy', range: { start: at, end: size } });
  return segments;
}

/** Size of the file that segments make, bytes. */
export function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce(
    (sum, segment) =>
      sum +
      (segment.kind === 'bytes' ? segment.bytes.length : segment.range.end - segment.range.start),
    0,
  );
}

/** The bytes of segments in order, in chunks of bounded size; copied ranges are read as they come. */
export async function* readSegments(
  source: ByteSource,
  segments: readonly Segment[],
): AsyncGenerator<Uint8Array, void, void> {
  for (const segment of segments) {
    if (segment.kind === 'bytes') {
      yield segment.bytes;
      continue;
    }
    const { start, end } = segment.range;
    for (let at = start; at < end; at += COPY_CHUNK_BYTES) {
      yield await source.read(at, Math.min(at + COPY_CHUNK_BYTES, end));
    }
  }
}

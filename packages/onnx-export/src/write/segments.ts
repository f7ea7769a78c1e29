import type { ByteRange, ByteSource } from '@featuretap/core/wire';

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
export const COPY_CHUNK_BYTES = 1 << 20;

/** Size of a segment, bytes. */
export function segmentBytes(segment: Segment): number {
  return segment.kind === 'bytes' ? segment.bytes.length : segment.range.end - segment.range.start;
}

/** Size of the file that segments make, bytes. */
export function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segmentBytes(segment), 0);
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

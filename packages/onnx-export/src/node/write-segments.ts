import type { FileHandle } from 'node:fs/promises';
import { writeFileAtomic, type FileSource, type WriteOptions } from '@featuretap/core/node';
import { FeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { COPY_CHUNK_BYTES, segmentBytes, sizeOf, type Segment } from '../write/segments.js';
import { copyContent, writeAll } from './copy-content.js';

/** Bytes from which a whole file is copied at once in place of piece by piece. */
const MIN_SYSTEM_COPY_BYTES = 1 << 22;

/** A piece of the file to write, and where it goes. */
interface Placed {
  readonly segment: Segment;
  readonly at: number;
}

function place(segments: readonly Segment[]): Placed[] {
  let at = 0;
  return segments.map((segment) => {
    const placed = { segment, at };
    at += segmentBytes(segment);
    return placed;
  });
}

/**
 * How many pieces in front keep the original's bytes at their offsets, so that the system can copy
 * the file and only the new bytes are written over it.
 */
function alignedCount(placed: readonly Placed[]): number {
  const first = placed.findIndex(
    ({ segment, at }) => segment.kind === 'copy' && segment.range.start !== at,
  );
  return first === -1 ? placed.length : first;
}

/**
 * Writes pieces through one buffer; those that follow one another go out together, since a linked file
 * is made of hundreds of small ones.
 */
async function writePlaced(
  handle: FileHandle,
  source: FileSource,
  placed: readonly Placed[],
): Promise<void> {
  const largest = Math.max(
    0,
    ...placed.slice(-1).map(({ segment, at }) => at + segmentBytes(segment)),
  );
  const buffer = new Uint8Array(Math.min(COPY_CHUNK_BYTES, largest));
  let filled = 0;
  let bufferAt = 0;
  const flush = async (): Promise<void> => {
    await writeAll(handle, buffer.subarray(0, filled), bufferAt);
    bufferAt += filled;
    filled = 0;
  };
  for (const { segment, at } of placed) {
    if (at !== bufferAt + filled) {
      await flush();
      bufferAt = at;
    }
    const size = segmentBytes(segment);
    for (let done = 0; done < size;) {
      if (filled === buffer.length) await flush();
      const room = buffer.subarray(filled, filled + Math.min(buffer.length - filled, size - done));
      if (segment.kind === 'bytes') room.set(segment.bytes.subarray(done, done + room.length));
      else await source.readInto(room, segment.range.start + done);
      filled += room.length;
      done += room.length;
    }
  }
  await flush();
}

/** The system copies by path: what it copied must be what was read. */
function changed(path: string): FeaturetapError {
  return new FeaturetapError(
    'FILE_UNREADABLE',
    `Expected ${printableName(path, 1000)} to stay as it is while it is copied, but it was replaced or ` +
      'written to. Nothing was written; run this again when nothing else changes the file.',
  );
}

/**
 * Writes the pieces of an edited file.
 *
 * Where the original's bytes keep their offsets, as they do when surgery only adds, the system
 * copies the file (on file systems that can, its blocks are shared and nothing is copied at all) and
 * the new bytes are written over it. The file appears whole or not at all.
 *
 * @returns size of the file, bytes.
 * @throws FeaturetapError `WRITE_REFUSED`, `FILE_UNREADABLE` or `MODEL_TRUNCATED`
 */
export async function writeSegments(
  output: string,
  source: FileSource,
  segments: readonly Segment[],
  options: WriteOptions = {},
): Promise<number> {
  const placed = place(segments);
  const aligned = placed.slice(0, alignedCount(placed));
  const copied = aligned.filter(({ segment }) => segment.kind === 'copy');
  const copiedBytes = copied.reduce((sum, { segment }) => sum + segmentBytes(segment), 0);
  const bySystem = copiedBytes >= MIN_SYSTEM_COPY_BYTES && 2 * copiedBytes >= source.size;
  const write = async (handle: FileHandle, temporary: string): Promise<void> => {
    if (!bySystem) {
      await writePlaced(handle, source, placed);
      return;
    }
    const { mode } = await handle.stat();
    await copyContent(source.path, temporary, handle, options);
    if (!(await source.isCurrent())) throw changed(source.path);
    // The copy has taken over the original's mode.
    await handle.chmod(mode & 0o777);
    await handle.truncate(Math.min(source.size, sizeOf(segments)));
    await writePlaced(
      handle,
      source,
      placed.filter((piece) => !copied.includes(piece)),
    );
  };
  await writeFileAtomic(output, write, options);
  return sizeOf(segments);
}

import { readSync } from 'node:fs';
import { open, constants, stat, type FileHandle } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FeaturetapError } from '../spec/errors.js';
import type { ByteSource } from '../wire/byte-source.js';
import { truncated } from '../wire/cursor.js';
import { printableName } from '../wire/name.js';

/** A file opened for random access; close it, or declare it with `await using`. */
export interface FileSource extends ByteSource, AsyncDisposable {
  /** Path that was opened, as given. */
  readonly path: string;
  /** Fills `target` with the bytes from `start` on. */
  readInto(target: Uint8Array, start: number): Promise<void>;
  /** Whether the path still names this file, unchanged since it was opened. */
  isCurrent(): Promise<boolean>;
  /** Closes the file; further reads fail. */
  close(): Promise<void>;
}

/** Turns a failed file operation into a typed error that names the path. */
export function fileError(error: unknown, path: string): FeaturetapError {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  if (reason === 'ENOENT' || reason === 'ENOTDIR') {
    return new FeaturetapError(
      'FILE_NOT_FOUND',
      `Expected a file at ${printableName(path, 1000)}, found nothing. Check the path and the working directory.`,
      { cause: error },
    );
  }
  return new FeaturetapError(
    'FILE_UNREADABLE',
    `Expected a readable file at ${printableName(path, 1000)}, got ${reason}. Check what it is and its permissions.`,
    { cause: error },
  );
}

function toPath(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new FeaturetapError(
      'FILE_UNREADABLE',
      `Expected a file: URL of this machine, got ${printableName(String(url), 1000)}. Download the file ` +
        'first and give its path.',
      { cause: error },
    );
  }
}

/**
 * Bytes up to which a read blocks: a pass through Node's thread pool costs ten times as much as such a
 * read, and reading the structure of a model takes hundreds of them.
 */
const SYNC_READ_BYTES = 1 << 16;

function readSmall(
  fd: number,
  target: Uint8Array,
  offset: number,
  position: number,
  path: string,
): number {
  try {
    return readSync(fd, target, offset, target.length - offset, position);
  } catch (error) {
    throw fileError(error, path);
  }
}

async function readLarge(
  handle: FileHandle,
  target: Uint8Array,
  offset: number,
  position: number,
  path: string,
): Promise<number> {
  const length = target.length - offset;
  const { bytesRead } = await handle
    .read(target, offset, length, position)
    .catch((error: unknown) => {
      throw fileError(error, path);
    });
  return bytesRead;
}

/**
 * Opens a regular file for random access.
 *
 * Folders, devices, pipes and sockets are refused: they have no size, and reading them may never
 * end.
 *
 * @throws FeaturetapError `FILE_NOT_FOUND` or `FILE_UNREADABLE`
 */
export async function openFileSource(file: string | URL): Promise<FileSource> {
  const path = typeof file === 'string' ? file : toPath(file);
  // O_NONBLOCK keeps open() from waiting for a writer when the path is a FIFO.
  const flags = process.platform === 'win32' ? 'r' : constants.O_RDONLY | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch((error: unknown) => {
    throw fileError(error, path);
  });
  const stats = await handle.stat();
  const isCurrent = async (): Promise<boolean> => {
    const now = await stat(path).catch(() => null);
    const keys = ['dev', 'ino', 'size', 'mtimeMs'] as const;
    return now !== null && keys.every((key) => now[key] === stats[key]);
  };
  if (!stats.isFile()) {
    await handle.close();
    throw new FeaturetapError(
      'FILE_UNREADABLE',
      `Expected a regular file at ${printableName(path, 1000)}, found a folder, device, pipe or socket. ` +
        'Give the path of a file.',
    );
  }
  const close = (): Promise<void> => handle.close();
  const readInto = async (target: Uint8Array, start: number): Promise<void> => {
    let done = 0;
    while (done < target.length) {
      const length = target.length - done;
      const bytesRead =
        length <= SYNC_READ_BYTES
          ? readSmall(handle.fd, target, done, start + done, path)
          : await readLarge(handle, target, done, start + done, path);
      // The file shrank after it was opened.
      if (bytesRead === 0) throw truncated(target.length - done, start + done, start + done);
      done += bytesRead;
    }
  };
  return {
    path,
    size: stats.size,
    readInto,
    isCurrent,
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      await readInto(bytes, start);
      return bytes;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

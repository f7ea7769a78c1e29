import { open, constants } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FeaturetapError } from '../spec/errors.js';
import type { ByteSource } from '../wire/byte-source.js';
import { truncated } from '../wire/cursor.js';

/** A file opened for random access; close it, or declare it with `await using`. */
export interface FileSource extends ByteSource, AsyncDisposable {
  /** Path that was opened, as given. */
  readonly path: string;
  /** Fills `target` with the bytes from `start` on. */
  readInto(target: Uint8Array, start: number): Promise<void>;
  /** Closes the file; further reads fail. */
  close(): Promise<void>;
}

/** Turns a failed file operation into a typed error that names the path. */
export function fileError(error: unknown, path: string): FeaturetapError {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  if (reason === 'ENOENT' || reason === 'ENOTDIR') {
    return new FeaturetapError(
      'FILE_NOT_FOUND',
      `Expected a file at ${path}, found nothing. Check the path and the working directory.`,
      { cause: error },
    );
  }
  return new FeaturetapError(
    'FILE_UNREADABLE',
    `Expected a readable file at ${path}, got ${reason}. Check what it is and its permissions.`,
    { cause: error },
  );
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
  const path = typeof file === 'string' ? file : fileURLToPath(file);
  // O_NONBLOCK keeps open() from waiting for a writer when the path is a FIFO.
  const flags = process.platform === 'win32' ? 'r' : constants.O_RDONLY | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch((error: unknown) => {
    throw fileError(error, path);
  });
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw new FeaturetapError(
      'FILE_UNREADABLE',
      `Expected a regular file at ${path}, found a folder, device, pipe or socket. ` +
        'Give the path of a file.',
    );
  }
  const close = (): Promise<void> => handle.close();
  const readInto = async (target: Uint8Array, start: number): Promise<void> => {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await handle
        .read(target, done, target.length - done, start + done)
        .catch((error: unknown) => {
          throw fileError(error, path);
        });
      // The file shrank after it was opened.
      if (bytesRead === 0) throw truncated(target.length - done, start + done, start + done);
      done += bytesRead;
    }
  };
  return {
    path,
    size: stats.size,
    readInto,
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      await readInto(bytes, start);
      return bytes;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

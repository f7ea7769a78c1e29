import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FeaturetapError } from '../spec/errors.js';

/** Mode of a new file before the umask applies. */
const NEW_FILE_MODE = 0o666;

/** How a file is written. */
export interface WriteOptions {
  /**
   * Whether to wait until the disk has the file. Without, readers see the file whole all the same; but
   * when the power fails soon after, it may be empty.
   *
   * @defaultValue true
   */
  readonly sync?: boolean;
}

/** Temporary files of writes under way. */
const underWay = new Set<string>();

/** Removes what is half written when the process is told to exit, as by Ctrl-C. */
function removeTemporaries(): void {
  for (const temporary of underWay) {
    try {
      unlinkSync(temporary);
    } catch {
      // It is gone already, or the folder is: nothing is left to remove.
    }
  }
}

function track(temporary: string): void {
  if (underWay.size === 0) process.on('exit', removeTemporaries);
  underWay.add(temporary);
}

function untrack(temporary: string): void {
  underWay.delete(temporary);
  if (underWay.size === 0) process.off('exit', removeTemporaries);
}

async function refuseUnlessPlain(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => null);
  if (stats === null || stats.isFile()) return;
  const kind = stats.isSymbolicLink() ? 'a symbolic link' : 'not a regular file';
  throw new FeaturetapError(
    'WRITE_REFUSED',
    `Expected ${path} to be free or a regular file, but it is ${kind}. Choose another path.`,
  );
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; there a rename is durable without this.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file so that readers see the old content or the new one, never a part.
 *
 * `write` fills a temporary file in the same folder, through its handle or by its path, which is then
 * synced to disk and renamed. When anything fails, the temporary file is removed and the old content
 * stays. Symbolic links are never followed.
 *
 * @throws FeaturetapError `WRITE_REFUSED` when the folder is missing, the target is no regular file,
 * or the disk refuses; errors of `write` pass through.
 */
export async function writeFileAtomic(
  path: string,
  write: (handle: FileHandle, temporary: string) => Promise<void>,
  { sync = true }: WriteOptions = {},
): Promise<void> {
  await refuseUnlessPlain(path);
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await open(temporary, 'wx', NEW_FILE_MODE).catch((error: unknown) => {
    throw writeError(error, path);
  });
  track(temporary);
  try {
    try {
      await write(handle, temporary);
      if (sync) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    if (sync) await syncFolder(folder);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error instanceof FeaturetapError ? error : writeError(error, path);
  } finally {
    untrack(temporary);
  }
}

function writeError(error: unknown, path: string): FeaturetapError {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new FeaturetapError(
    'WRITE_REFUSED',
    `Expected to write ${path}, got ${reason}. Check that its folder exists, is writable and has room.`,
    { cause: error },
  );
}

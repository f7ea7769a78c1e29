import { stat } from 'node:fs/promises';

/** A file at a moment. */
export interface FileIdentity {
  /** Absolute path. */
  readonly path: string;
  /** Size, time of the last change and place on the disk: another file, or a change, has another. */
  readonly identity: string;
}

/**
 * Identifies a file.
 *
 * @throws Error what the system says where there is no such file
 */
export async function identifyFile(path: string): Promise<FileIdentity> {
  const { size, mtimeNs, ino, dev } = await stat(path, { bigint: true });
  return { path, identity: [size, mtimeNs, ino, dev].join(' ') };
}

/** The first of some files that is gone, was replaced or written to; null when none was. */
export async function firstChanged(files: readonly FileIdentity[]): Promise<string | null> {
  for (const { path, identity } of files) {
    const now = await identifyFile(path).catch(() => null);
    if (now?.identity !== identity) return path;
  }
  return null;
}

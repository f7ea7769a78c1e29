import { stat } from 'node:fs/promises';

/**
 * A file's identity: another file under the same path, or a change of it, makes another text.
 *
 * @throws Error what the system says where there is no such file
 */
export async function fileIdentity(path: string): Promise<string> {
  const { size, mtimeNs, ino, dev } = await stat(path, { bigint: true });
  return [path, size, mtimeNs, ino, dev].join('\n');
}

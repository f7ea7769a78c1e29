import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FileSource } from '@featuretap/core/node';
import { FeaturetapError } from '@featuretap/core/spec';
import { readSegments } from '../write/segments.js';

/** SHA-256 (hex) of a whole file. */
export async function fileSha256(source: FileSource): Promise<string> {
  const hash = createHash('sha256');
  const whole = { kind: 'copy', range: { start: 0, end: source.size } } as const;
  for await (const bytes of readSegments(source, [whole])) hash.update(bytes);
  return hash.digest('hex');
}

/** Whether two paths name one file, through symbolic links too. */
async function isSameFile(a: string, b: string): Promise<boolean> {
  const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
  return (await real(a)) === (await real(b));
}

/** @throws FeaturetapError `WRITE_REFUSED` when an output is the input. */
export async function refuseSameFile(input: string, output: string): Promise<void> {
  if (!(await isSameFile(input, output))) return;
  throw new FeaturetapError(
    'WRITE_REFUSED',
    `Expected an output other than the input, got ${output} for both. Choose another -o.`,
  );
}

import { createHash } from 'node:crypto';
import type { FileSource } from '@featuretap/core/node';
import { readSegments } from '../write/segments.js';

/** SHA-256 (hex) of a whole file. */
export async function fileSha256(source: FileSource): Promise<string> {
  const hash = createHash('sha256');
  const whole = { kind: 'copy', range: { start: 0, end: source.size } } as const;
  for await (const bytes of readSegments(source, [whole])) hash.update(bytes);
  return hash.digest('hex');
}

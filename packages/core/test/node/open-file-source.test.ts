import { execFileSync } from 'node:child_process';
import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openFileSource } from '../../src/node/open-file-source.js';

const folder = mkdtempSync(join(tmpdir(), 'featuretap-open-'));
const file = join(folder, 'bytes.bin');
writeFileSync(
  file,
  Uint8Array.from({ length: 100 }, (_, i) => i),
);

describe('openFileSource', () => {
  it('reads ranges of a path and of a URL', async () => {
    for (const name of [file, pathToFileURL(file)]) {
      await using source = await openFileSource(name);
      expect(source.size).toBe(100);
      expect([...(await source.read(97, 100))]).toEqual([97, 98, 99]);
      expect(await source.read(5, 5)).toHaveLength(0);
    }
  });

  it('refuses what is missing, and folders', async () => {
    const missing = openFileSource(join(folder, 'nothing'));
    await expect(missing).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(openFileSource(folder)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('does not wait for a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(openFileSource(pipe)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('notices a file that shrinks', async () => {
    const shrinking = join(folder, 'shrinking');
    writeFileSync(shrinking, new Uint8Array(100));
    await using source = await openFileSource(shrinking);
    truncateSync(shrinking, 10);
    await expect(source.read(0, 100)).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' });
  });
});

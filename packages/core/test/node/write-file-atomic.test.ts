import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FeaturetapError } from '../../src/spec/errors.js';
import { writeFileAtomic } from '../../src/node/write-file-atomic.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'featuretap-write-'));
});

describe('writeFileAtomic', () => {
  it('replaces a file as a whole', async () => {
    const file = join(folder, 'a.txt');
    writeFileSync(file, 'old');
    await writeFileAtomic(file, (handle) => handle.writeFile('new'));
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('keeps the old content and no temporary file when writing fails', async () => {
    const file = join(folder, 'a.txt');
    writeFileSync(file, 'old');
    const write = writeFileAtomic(file, async (handle) => {
      await handle.writeFile('half');
      throw new RangeError('no more');
    });
    await expect(write).rejects.toMatchObject({ code: 'WRITE_REFUSED' });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('waits for the disk, unless told not to', async () => {
    const synced = async (options: { sync?: boolean }): Promise<number> => {
      let count = 0;
      const write = async (handle: FileHandle): Promise<void> => {
        vi.spyOn(handle, 'sync').mockImplementation(() => {
          count++;
          return handle.datasync();
        });
        await handle.writeFile('new');
      };
      await writeFileAtomic(join(folder, 'a.txt'), write, options);
      expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('new');
      return count;
    };
    expect(await synced({})).toBe(1);
    expect(await synced({ sync: false })).toBe(0);
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('follows no symbolic link', async () => {
    const target = join(folder, 'target.txt');
    writeFileSync(target, 'old');
    symlinkSync(target, join(folder, 'link.txt'));
    const write = writeFileAtomic(join(folder, 'link.txt'), (handle) => handle.writeFile('new'));
    await expect(write).rejects.toMatchObject({ code: 'WRITE_REFUSED' });
    expect(readFileSync(target, 'utf8')).toBe('old');
  });

  it('lets an error of the caller that is typed already through', async () => {
    const own = new FeaturetapError('MODEL_TRUNCATED', 'the source ended');
    const write = writeFileAtomic(join(folder, 'a.txt'), () => Promise.reject(own));
    await expect(write).rejects.toBe(own);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a folder in place of the file', async () => {
    mkdirSync(join(folder, 'a.txt'));
    const write = writeFileAtomic(join(folder, 'a.txt'), (handle) => handle.writeFile('x'));
    await expect(write).rejects.toMatchObject({ code: 'WRITE_REFUSED' });
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('leaves one whole file when several write at once', async () => {
    const file = join(folder, 'a.txt');
    const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(
      contents.map((content) => writeFileAtomic(file, (handle) => handle.writeFile(content))),
    );
    expect(contents).toContain(readFileSync(file, 'utf8'));
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('names a folder that is missing', async () => {
    const write = writeFileAtomic(join(folder, 'no', 'a.txt'), (handle) => handle.writeFile('x'));
    await expect(write).rejects.toMatchObject({ code: 'WRITE_REFUSED' });
  });

  it('leaves nothing when the process exits in the middle', () => {
    const source = fileURLToPath(new URL('../../src/node/write-file-atomic.ts', import.meta.url));
    const program = `
      const { writeFileAtomic } = await import(${JSON.stringify(source)});
      await writeFileAtomic(${JSON.stringify(join(folder, 'a.txt'))}, async (handle) => {
        await handle.writeFile('half');
        process.exit(7);
      });`;
    let status = 0;
    try {
      execFileSync(process.execPath, ['--import=tsx', '--input-type=module', '-e', program]);
    } catch (error) {
      status = (error as { status: number }).status;
    }
    expect(status).toBe(7);
    expect(readdirSync(folder)).toEqual([]);
  });
});

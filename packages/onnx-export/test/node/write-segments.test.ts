import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileSource } from '@featuretap/core/node';
import { describe, expect, it, vi } from 'vitest';
import { copyContent } from '../../src/node/copy-content.js';
import { writeSegments } from '../../src/node/write-segments.js';
import type { Segment } from '../../src/write/segments.js';

const SIZE = 6_000_000;

function copyOf(size: number): Segment[] {
  return [
    { kind: 'copy', range: { start: 0, end: size } },
    { kind: 'bytes', bytes: Uint8Array.of(1, 2, 3) },
  ];
}

function newFile(): { folder: string; input: string; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'featuretap-segments-'));
  const input = join(folder, 'in');
  writeFileSync(input, Buffer.alloc(SIZE, 7));
  return { folder, input, output: join(folder, 'out') };
}

describe('copyContent', () => {
  const sizes = [0, 1, 2 ** 19 - 1, 2 ** 19, 2 ** 19 + 1, 5 * 2 ** 19 + 5];
  it.each(sizes.flatMap((size) => [true, false].map((sync) => [size, sync] as const)))(
    'copies a file of %d bytes, synced afterwards: %s',
    async (size, sync) => {
      const { input, output } = newFile();
      writeFileSync(input, randomBytes(size));
      const handle = await open(output, 'wx');
      await copyContent(input, output, handle, { sync });
      await handle.close();
      expect(readFileSync(output).equals(readFileSync(input))).toBe(true);
    },
  );

  it('fails as writing does, and closes what it reads', async () => {
    const { input, output } = newFile();
    const handle = await open(output, 'wx');
    vi.spyOn(handle, 'write').mockRejectedValue(new Error('no space left'));
    const copying = copyContent(input, output, handle, { sync: false });
    await expect(copying).rejects.toThrow('no space left');
    await handle.close();
  });
});

describe('writeSegments', () => {
  it('copies a large file and adds to it', async () => {
    const { input, output } = newFile();
    await using source = await openFileSource(input);
    expect(await writeSegments(output, source, copyOf(SIZE))).toBe(SIZE + 3);
    const expected = Buffer.concat([readFileSync(input), Buffer.of(1, 2, 3)]);
    expect(readFileSync(output).equals(expected)).toBe(true);
  });

  it.each<readonly [string, (input: string) => void]>([
    ['written to', (input) => appendFileSync(input, 'more')],
    [
      'replaced',
      (input) => {
        writeFileSync(`${input}.new`, Buffer.alloc(SIZE, 8));
        renameSync(`${input}.new`, input);
      },
    ],
  ])('writes nothing from a file that was %s after it was read', async (_, change) => {
    const { folder, input, output } = newFile();
    await using source = await openFileSource(input);
    change(input);
    const written = writeSegments(output, source, copyOf(SIZE));
    await expect(written).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(readdirSync(folder)).toEqual(['in']);
  });
});

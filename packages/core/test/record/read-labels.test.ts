import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readLabels } from '../../src/record/read-labels.js';

const folder = mkdtempSync(join(tmpdir(), 'labels-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(content: string | Uint8Array): string {
  const path = join(folder, 'labels');
  writeFileSync(path, content);
  return path;
}

describe('readLabels', () => {
  it.each([
    ['lines', 'tench\ngreat white shark\n'],
    ['Windows lines without an end', 'tench\r\ngreat white shark'],
    ['a byte order mark', '\ufefftench\ngreat white shark\n\n'],
    ['JSON', ' ["tench", "great white shark"]'],
  ])('reads %s', async (_, content) => {
    const path = file(content);
    expect(await readLabels(path, { count: 2 })).toEqual(['tench', 'great white shark']);
  });

  it('tells a missing file from a wrong one', async () => {
    const missing = readLabels(join(folder, 'nothing.txt'));
    await expect(missing).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['another number of labels', 'a\nb\n', /Expected 3 labels, .* got 2/u],
    ['an empty file', '', /an empty file/u],
    ['a blank line', 'a\n\nb\n', /nothing in line 2/u],
    ['bytes that are no text', Uint8Array.of(0xff, 0xfe, 0x61), /UTF-8/u],
    ['broken JSON', '["a", ', /JSON list of labels/u],
    ['JSON of numbers', '[1, 2, 3]', /JSON list of strings/u],
  ])('refuses %s', async (_, content, message) => {
    await expect(readLabels(file(content), { count: 3 })).rejects.toMatchObject({
      code: 'LABELS_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });
});

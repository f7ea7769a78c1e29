import { copyFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi, type Mock } from 'vitest';
import { pruneFile } from '../../src/node/prune-file.js';
import { reheadFile } from '../../src/node/rehead-file.js';
import { splitFile } from '../../src/node/split-file.js';
import { tapFile } from '../../src/node/tap-file.js';
import { fixturePath } from '../read-fixture.js';

let handles: FileHandle;
let folder: string;
let input: string;
let synced: Mock<FileHandle['sync']>;

beforeAll(async () => {
  // The class of handles is not public; all of them share its methods.
  const handle = await open(fixturePath('models/external.onnx'));
  handles = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'featuretap-sync-'));
  input = join(folder, 'external.onnx');
  for (const name of ['external.onnx', 'external.onnx.data']) {
    copyFileSync(fixturePath(`models/${name}`), join(folder, name));
  }
  synced = vi.spyOn(handles, 'sync');
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Files that each writes from a model with a side file, that one counted where it is copied. */
const WRITERS: [string, number, (out: string, sync?: boolean) => Promise<unknown>][] = [
  ['tapFile', 2, (out, sync) => tapFile(input, join(out, 'a.onnx'), of(sync))],
  ['pruneFile', 2, (out, sync) => pruneFile(input, join(out, 'a.onnx'), of(sync))],
  ['splitFile', 4, (out, sync) => splitFile(input, out, of(sync))],
  [
    'reheadFile',
    2,
    (out, sync) => reheadFile(input, join(out, 'a.onnx'), { kind: 'drop' }, of(sync)),
  ],
];

function of(sync: boolean | undefined): { sync?: boolean } {
  return sync === undefined ? {} : { sync };
}

describe.each(WRITERS)('%s', (_, files, write) => {
  it('waits until the disk has every file and its name', async () => {
    await write(mkdtempSync(join(folder, 'out-')));
    expect(synced).toHaveBeenCalledTimes(2 * files);
  });

  it('does not wait with sync: false, and writes the same', async () => {
    const [slow, fast] = [mkdtempSync(join(folder, 'a-')), mkdtempSync(join(folder, 'b-'))];
    await write(slow, true);
    synced.mockClear();
    await write(fast, false);
    expect(synced).not.toHaveBeenCalled();
    const name = files === 4 ? 'full.onnx' : 'a.onnx';
    expect(readFileSync(join(fast, name)).equals(readFileSync(join(slow, name)))).toBe(true);
  });
});

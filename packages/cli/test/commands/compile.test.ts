import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoModel, demoPreprocess } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { featuretap, temporaryFolder } from '../run-command.js';

const folder = temporaryFolder();
const tapped = join(folder, 'tapped.onnx');
const cache = join(folder, 'cache');

beforeAll(async () => {
  await tapFile(demoModel, tapped, { preprocess: demoPreprocess });
});

describe('featuretap compile', () => {
  it('compiles once, and finds the entry the next time', async () => {
    const args = ['compile', tapped, '--cache-dir', cache, '--json'];
    const first = JSON.parse((await featuretap(...args)).stdout);
    expect(first).toMatchObject({ state: 'built', folder: cache });
    expect(existsSync(first.path)).toBe(true);
    expect(first.bytes).toBeGreaterThan(15e6);
    const { code, stdout } = await featuretap(...args);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'hit', path: first.path });
  });

  it('says what is wrong with a file that is not tapped', async () => {
    const plain = fileURLToPath(demoModel);
    const { code, stderr } = await featuretap('compile', plain, '--cache-dir', cache);
    expect(code).toBe(1);
    expect(stderr).toContain('MANIFEST_MISSING');
  });
});

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

async function run(example: string): Promise<string> {
  const file = fileURLToPath(new URL(`../${example}`, import.meta.url));
  const args = ['--conditions=@featuretap/source', '--import=tsx', file];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout;
}

describe('the examples of the guide', () => {
  it('01-extract prints five stages and espresso first', async () => {
    const lines = (await run('01-extract.ts')).trim().split('\n');
    expect(lines.slice(0, 6)).toEqual([
      '1 x 16 x 112 x 112',
      '1 x 24 x 56 x 56',
      '1 x 40 x 28 x 28',
      '1 x 112 x 14 x 14',
      '1 x 320 x 7 x 7',
      'NCHW 1 x 1280',
    ]);
    expect(lines[6]).toMatch(/^0\.93\d\d espresso$/);
  });

  it('02-choose-fields compares two photos that differ', async () => {
    const output = await run('02-choose-fields.ts');
    expect(output).toMatch(/^2 x 1280 similarity 0\.\d{3}\n$/);
  });
});

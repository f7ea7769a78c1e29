import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);

/** Pages that show what an example prints, after `<!-- output: FILE -->`. */
const GUIDE = 'packages/docs/guide';
const PAGES = [
  'README.md',
  ...['getting-started', 'surgery', 'many-images'].map((name) => `${GUIDE}/${name}.md`),
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'featuretap-examples-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs an example in an empty folder, as `npx tsx FILE` would, and returns what it prints. */
async function runExample(file: string): Promise<string> {
  const loader = ['--conditions=@featuretap/source', `--import=${import.meta.resolve('tsx')}`];
  const script = fileURLToPath(new URL(file, root));
  const options = { cwd: folder, env: { ...process.env, NODE_OPTIONS: '' } };
  const { stdout } = await promisify(execFile)(process.execPath, [...loader, script], options);
  return stdout.trim();
}

async function printedOnPages(file: string): Promise<string[]> {
  const pages = await Promise.all(PAGES.map((page) => readFile(new URL(page, root), 'utf8')));
  const fence = /<!-- output: (\S+) -->\n+```text\n([^]*?)\n```/g;
  return pages
    .flatMap((page) => [...page.matchAll(fence)])
    .flatMap(([, name, text = '']) => (name === file ? [text] : []));
}

describe('examples', () => {
  it('01-extract: prints the record of the cup, as README and guide show it', async () => {
    const output = await runExample('examples/01-extract.ts');
    expect(output.split('\n')).toEqual([
      'stage 0 [ 1, 16, 112, 112 ]',
      'stage 1 [ 1, 24, 56, 56 ]',
      'stage 2 [ 1, 40, 28, 28 ]',
      'stage 3 [ 1, 112, 14, 14 ]',
      'stage 4 [ 1, 320, 7, 7 ]',
      'unpooled [ 1, 1280, 7, 7 ] NCHW',
      'pooled [ 1, 1280 ]',
      'logits [ 1, 1000 ]',
      '0.93 espresso',
      '0.02 cup',
      '0.01 consomme',
      '0.01 coffee mug',
      '0.00 chocolate sauce',
    ]);
    const printed = await printedOnPages('examples/01-extract.ts');
    expect(printed).toHaveLength(2);
    for (const text of printed) expect(text).toBe(output);
  });

  it('02-choose-fields: prints what little it asked for, as the guide shows it', async () => {
    const output = await runExample('examples/02-choose-fields.ts');
    expect(output.split('\n')).toEqual([
      'stages in the file: 1',
      'pooled [ 3, 1280 ]',
      'values per photo: 1280',
    ]);
    expect(await printedOnPages('examples/02-choose-fields.ts')).toEqual([output]);
  });

  it('03-linear-probe: computes in the model what the probe computes outside', async () => {
    const output = await runExample('examples/03-linear-probe.ts');
    expect(output.split('\n')).toEqual([
      'replaced [ 18, 3 ] beside [ 18, 1000 ] and [ 18, 3 ]',
      '18 of 18 held-out crops are named right',
      'as computed outside: true true',
    ]);
    expect(await printedOnPages('examples/03-linear-probe.ts')).toEqual([output]);
  });

  it('04-out-of-distribution: tells photos from noise, text and patterns by their features', async () => {
    const lines = (await runExample('examples/04-out-of-distribution.ts')).split('\n');
    const areas = lines.map((line) => {
      const [, group = '', list = ''] = /^AUROC of photos against (\w+): (.+)$/.exec(line) ?? [];
      const scores = list.split(', ').map((item) => item.split(/ (?=[01]\.\d\d$)/));
      return [group, new Map(scores.map(([name = '', area]) => [name, Number(area)]))] as const;
    });
    expect(areas.map(([group]) => group)).toEqual(['noise', 'text', 'patterns']);
    const names = ['max softmax', 'max logit', 'energy', 'nearest', 'Mahalanobis'];
    for (const [, scores] of areas) {
      expect([...scores.keys()]).toEqual(names);
      // Kernels of other CPUs round differently, which may turn a few of the 324 pairs.
      expect(scores.get('nearest')).toBeGreaterThan(0.97);
      expect(scores.get('Mahalanobis')).toBeGreaterThan(0.97);
      expect(scores.get('energy')).toBeLessThan(scores.get('nearest')!);
    }
    // The classifier knows noise for what it is, but is more certain of text than of the photos.
    expect(areas[0]?.[1].get('max softmax')).toBeGreaterThan(0.9);
    expect(areas[1]?.[1].get('max softmax')).toBeLessThan(0.5);
    expect(areas[1]?.[1].get('energy')).toBeGreaterThan(0.6);
  });

  it('05-one-run-not-two: gives the numbers of two networks from one', async () => {
    const lines = (await runExample('examples/05-one-run-not-two.ts')).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^two networks: \d+ MB, \d+\.\d ms a run$/),
      expect.stringMatching(/^one record run: \d+ MB, \d+\.\d ms a run$/),
      'the same numbers: true true',
    ]);
  });

  it('06-many-images: gives a vector for each photo and an error for the file that is none', async () => {
    const output = await runExample('examples/06-many-images.ts');
    expect(output.split('\n')).toEqual([
      'image 20 (broken.jpg): IMAGE_UNREADABLE',
      '39 vectors of 1280 values',
    ]);
    expect(await printedOnPages('examples/06-many-images.ts')).toEqual([output]);
  });
});

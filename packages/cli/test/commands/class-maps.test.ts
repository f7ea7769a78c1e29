import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeImage } from '@featuretap/core';
import { demoLabels, demoModel, demoPhotos, demoPreprocess } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { featuretap, temporaryFolder } from '../run-command.js';

const folder = temporaryFolder();
const tapped = join(folder, 'tapped.onnx');
const photos = [demoPhotos.coffee, demoPhotos.chelsea].map((file) => fileURLToPath(file));
const labels = fileURLToPath(demoLabels);

beforeAll(async () => {
  await tapFile(demoModel, tapped, { preprocess: demoPreprocess });
});

describe('featuretap run --class-maps', () => {
  it('draws what speaks for the first class of each image', async () => {
    const maps = join(folder, 'first');
    const { code, stdout } = await featuretap(
      ...['run', tapped, ...photos, '--class-maps', maps, '--json'],
    );
    expect(code).toBe(0);
    expect(readdirSync(maps).sort()).toEqual(['0-coffee.class967.png', '1-chelsea.class282.png']);
    const [first] = JSON.parse(stdout).results;
    expect(first.classMap).toBe(join(maps, '0-coffee.class967.png'));
    const picture = await decodeImage(first.classMap as string);
    expect([picture.width, picture.height]).toEqual([224, 224]);
  });

  it.each([
    ['its name', 'espresso'],
    ['its number', '967'],
  ])('draws a class that is given by %s', async (how, wanted) => {
    const maps = join(folder, how);
    const options = ['--labels', labels, '--class-maps', maps, '--class', wanted];
    const { code } = await featuretap(
      'run',
      tapped,
      photos[1]!,
      ...options,
      '--fields',
      'unpooled',
    );
    expect(code).toBe(0);
    expect(readdirSync(maps)).toEqual(['chelsea.class967.png']);
  });

  it('draws another picture for another class', async () => {
    const maps = join(folder, 'two');
    const draw = async (wanted: string): Promise<string> => {
      const options = ['--class-maps', maps, '--class', wanted];
      expect((await featuretap('run', tapped, photos[0]!, ...options)).code).toBe(0);
      return readFileSync(join(maps, `coffee.class${wanted}.png`)).toString('base64');
    };
    expect(await draw('967')).not.toBe(await draw('285'));
  });

  it.each([
    [['--class', 'espresso'], /--class beside --class-maps/u],
    [
      ['--class-maps', 'maps', '--class', 'expresso'],
      /below 1000 \(the file has no labels.*got expresso/u,
    ],
    [['--class-maps', 'maps', '--class', '1000'], /number below 1000.*got 1000/u],
    [['--class-maps', 'maps', '--fields', 'logits'], /unpooled among --fields/u],
    [['--class-maps', 'maps', '--fields', 'unpooled'], /logits among --fields, or --class/u],
  ])('refuses %j', async (options, message) => {
    const { code, stderr } = await featuretap('run', tapped, photos[0]!, ...options);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.each([
    ['expresso', 'Did you mean "espresso"?'],
    ['bullterrier', 'Did you mean "Staffordshire bullterrier"'],
    ['a class of its own', 'got a class of its own.'],
  ])('looks for %s before the run, and says what may have been meant', async (wanted, hint) => {
    const save = join(folder, 'never.safetensors');
    const options = ['--labels', labels, '--class-maps', 'maps', '--class', wanted, '--save', save];
    const { code, stderr } = await featuretap('run', tapped, photos[0]!, ...options);
    expect(code).toBe(2);
    expect(stderr).toContain(hint);
    expect(readdirSync(folder)).not.toContain('never.safetensors');
  });

  it('says that a file is no folder for pictures', async () => {
    const { code, stderr } = await featuretap('run', tapped, photos[0]!, '--class-maps', tapped);
    expect(code).toBe(1);
    expect(stderr).toMatch(/WRITE_REFUSED: Expected a folder for pictures at .*EEXIST/u);
  });
});

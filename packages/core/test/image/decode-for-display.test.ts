import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/image/decode-image.js';
import { difference, expectSameImage, imageUrl, readGolden } from '../preprocess/read-golden.js';

const golden = readGolden('display');
const upright = golden.cases.filter(({ image }) => image.startsWith('orientation'));
const profiled = golden.cases.filter(({ image }) => image.startsWith('profile'));

const forDisplay = { policy: 'display' } as const;

describe('decodeImage for display', () => {
  it.each(upright.map((of) => [of.image, of] as const))('turns %s upright', async (name, of) => {
    expectSameImage(await decodeImage(imageUrl(name), forDisplay), golden, of);
  });

  // 16 bits go through Display P3 and lose a little; Pillow has dropped their low byte before.
  const tolerances = new Map([['profile16.png', 4]]);
  it.each(profiled.map((of) => [of.image, of] as const))(
    'converts %s to sRGB as Little CMS does',
    async (name, of) => {
      const { data } = await decodeImage(imageUrl(name), forDisplay);
      const asTrained = await decodeImage(imageUrl(name));
      const { largest } = difference(data, golden.bytes(of)) as { largest: number };
      expect(largest).toBeLessThanOrEqual(tolerances.get(name) ?? 1);
      expect(difference(data, asTrained.data)).not.toMatchObject({ differing: 0 });
    },
  );

  it('converts CMYK through a profile, not naively', async () => {
    const shown = await decodeImage(imageUrl('cmyk-adobe.jpg'), forDisplay);
    const trained = await decodeImage(imageUrl('cmyk-adobe.jpg'));
    expect(shown.data.length).toBe(trained.data.length);
    expect(difference(shown.data, trained.data)).not.toMatchObject({ differing: 0 });
  });

  it('scales 16-bit gray instead of clipping it', async () => {
    const bytes = readFileSync(imageUrl('gray16.png'));
    const { data } = await decodeImage(bytes, forDisplay);
    // No sample is above 511, of 65,535.
    expect(Math.max(...data)).toBeLessThan(30);
  });

  it('decodes AVIF, palette TIFF and a GIF that exceeds its canvas', async () => {
    const images = ['rgb.avif', 'palette.tif', 'oversized.gif'];
    for (const name of images) {
      const { width, height, data } = await decodeImage(imageUrl(name), forDisplay);
      expect(data.length).toBe(width * height * 3);
      expect(new Set(data).size).toBeGreaterThan(10);
    }
  });
});

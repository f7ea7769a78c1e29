import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/image/decode-image.js';
import { expectSameImage, imageUrl, readGolden } from '../preprocess/read-golden.js';

const golden = readGolden('decode');

/** Images that Pillow reads but that would not come out equal. */
const refused = new Map([
  ['rgb.avif', /AVIF/],
  ['palette.tif', /photometric interpretation 3/],
  ['float.tif', /32 bits/],
  ['ycbcr.tif', /photometric interpretation 6/],
  ['oversized.gif', /first frame exceeds its canvas/],
]);

const equal = golden.cases.filter(({ image }) => !refused.has(image));

describe('decodeImage as trained', () => {
  it('is checked on every image that the script makes, and refuses five of them', () => {
    expect(golden.cases.length - equal.length).toBe(refused.size);
    expect(equal.length).toBeGreaterThanOrEqual(60);
  });

  it.each(equal.map((of) => [of.image, of] as const))(
    'equals Pillow bit for bit: %s',
    async (name, of) => {
      expectSameImage(await decodeImage(imageUrl(name)), golden, of);
    },
  );

  it.each([...refused])('refuses %s and says what to do', async (name, reason) => {
    const decoding = decodeImage(imageUrl(name));
    await expect(decoding).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: expect.stringMatching(reason) as string,
    });
    await expect(decoding).rejects.toThrow(/Convert it to PNG, or decode with policy 'display'/);
  });

  it('gives images of their own to decodes that run at the same time', async () => {
    const names = equal.slice(0, 24).map(({ image }) => image);
    const images = await Promise.all(names.map((name) => decodeImage(imageUrl(name))));
    images.forEach((image, i) => expectSameImage(image, golden, equal[i]!));
  });
});

import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/image/decode-image.js';
import { encodePng } from '../../src/picture/encode-png.js';
import { overlayHeatmap } from '../../src/picture/overlay-heatmap.js';

const IMAGE = { width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 10, 10, 10) };
const HEATMAP = { width: 2, height: 1, data: Uint8Array.of(0, 100, 200, 255, 255, 255) };

describe('overlayHeatmap', () => {
  it('mixes the heatmap with the picture in grey', () => {
    // Red is 0.299 bright: 76.245, of which half, plus half of the heatmap.
    const { data } = overlayHeatmap(IMAGE, HEATMAP, { alpha: 0.5 });
    expect([...data]).toEqual([38, 88, 138, 133, 133, 133]);
  });

  it('is the heatmap alone, or the picture alone, at the ends', () => {
    expect(overlayHeatmap(IMAGE, HEATMAP, { alpha: 1 })).toEqual(HEATMAP);
    expect([...overlayHeatmap(IMAGE, HEATMAP, { alpha: 0 }).data]).toEqual([
      76, 76, 76, 10, 10, 10,
    ]);
  });

  it('refuses pictures of different size', () => {
    const small = { width: 1, height: 1, data: new Uint8Array(3) };
    expect(() => overlayHeatmap(IMAGE, small)).toThrow(/2 x 1 pixels like the image, got 1 x 1/u);
  });

  it('refuses unknown options', () => {
    const options = { opacity: 1 } as object;
    expect(() => overlayHeatmap(IMAGE, HEATMAP, options)).toThrow(/known options are alpha/u);
  });
});

describe('encodePng', () => {
  it('keeps every pixel', async () => {
    expect(await decodeImage(await encodePng(IMAGE))).toEqual(IMAGE);
  });

  it('refuses data of another size', async () => {
    const broken = { ...IMAGE, width: 3 };
    await expect(encodePng(broken)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

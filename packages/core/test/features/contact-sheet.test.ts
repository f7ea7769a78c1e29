import { describe, expect, it } from 'vitest';
import { contactSheet } from '../../src/features/contact-sheet.js';
import type { RgbImage } from '../../src/image/rgb-image.js';
import type { FeatureMap } from '../../src/picture/channel-energy.js';
import { encodePng } from '../../src/picture/encode-png.js';
import { overlayHeatmap } from '../../src/picture/overlay-heatmap.js';
import { stageHeatmap } from '../../src/picture/stage-heatmap.js';

function stage(n: number, c: number, h: number, w: number): FeatureMap {
  const data = Float32Array.from({ length: n * c * h * w }, (_, i) => (i * 7919) % 101);
  return { dtype: 'float32', shape: [n, c, h, w], layout: 'NCHW', data };
}

const record = { stages: [stage(2, 3, 4, 8), stage(2, 5, 2, 4), stage(2, 6, 1, 2)] };
const photo: RgbImage = {
  width: 16,
  height: 8,
  data: Uint8Array.from({ length: 384 }, (_, i) => i % 251),
};

/** The part of a sheet that tile (column, row) covers. */
function tile(
  sheet: RgbImage,
  column: number,
  row: number,
  width: number,
  height: number,
): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const at = ((row * (height + 4) + y) * sheet.width + column * (width + 4)) * 3;
    data.set(sheet.data.subarray(at, at + width * 3), y * width * 3);
  }
  return { width, height, data };
}

describe('contactSheet', () => {
  it('puts the heatmaps of all stages side by side', () => {
    const sheet = contactSheet(record, { tileSize: 16, row: 1 });
    expect([sheet.width, sheet.height]).toEqual([16 * 3 + 8, 8]);
    record.stages.forEach((map, i) => {
      const heatmap = stageHeatmap(map, { row: 1, width: 16, height: 8 });
      expect(tile(sheet, i, 0, 16, 8)).toEqual(heatmap);
    });
    // Between the first two tiles.
    expect([...sheet.data.subarray(16 * 3, 20 * 3)]).toEqual(new Array(12).fill(255));
  });

  it('begins with the image and lays the heatmaps over it, row by row', () => {
    const sheet = contactSheet(record, { image: photo, columns: 3, alpha: 0.5, colormap: 'ember' });
    expect([sheet.width, sheet.height]).toEqual([16 * 3 + 8, 8 * 2 + 4]);
    expect(tile(sheet, 0, 0, 16, 8)).toEqual(photo);
    const heatmaps = record.stages.map((map) =>
      overlayHeatmap(photo, stageHeatmap(map, { width: 16, height: 8, colormap: 'ember' }), {
        alpha: 0.5,
      }),
    );
    expect(tile(sheet, 1, 0, 16, 8)).toEqual(heatmaps[0]);
    expect(tile(sheet, 2, 0, 16, 8)).toEqual(heatmaps[1]);
    expect(tile(sheet, 0, 1, 16, 8)).toEqual(heatmaps[2]);
    // Places without a tile are white.
    expect(tile(sheet, 1, 1, 16, 8).data.every((value) => value === 255)).toBe(true);
  });

  it('takes no more columns than there are tiles', () => {
    expect(contactSheet(record, { tileSize: 16, columns: 50 }).width).toBe(16 * 3 + 8);
  });

  it('is a picture that encodePng writes', async () => {
    const png = await encodePng(contactSheet(record));
    expect([...png.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([224 * 3 + 8, 112]);
  });

  it.each<[string, { stages: FeatureMap[] }, object, string, RegExp]>([
    ['no stages', { stages: [] }, {}, 'INPUT_INVALID', /with stages, got none/u],
    [
      'tokens',
      { stages: [{ ...stage(1, 2, 3, 4), shape: [1, 6, 4], layout: 'NLC' }] },
      {},
      'INPUT_INVALID',
      /layout NCHW or NHWC/u,
    ],
    ['an image that is not there', record, { row: 2 }, 'INPUT_INVALID', /row from 0 to 1, got 2/u],
    ['a broken image', record, { image: { ...photo, width: 3 } }, 'INPUT_INVALID', /3 x 8/u],
    ['unknown options', record, { rows: 2 }, 'OPTION_INVALID', /known options are image, columns/u],
    [
      'a sheet that is too large',
      { stages: new Array<FeatureMap>(10).fill(stage(1, 1, 1, 1)) },
      { tileSize: 4096 },
      'IMAGE_LIMIT',
      /at most 67108864 pixels, got 40996 x 4096/u,
    ],
  ])('refuses %s', (_, given, options, code, message) => {
    const draw = () => contactSheet(given, options);
    expect(draw).toThrow(message);
    expect(draw).toThrow(expect.objectContaining({ code }));
  });
});

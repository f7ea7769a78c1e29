import { describe, expect, it } from 'vitest';
import { COLORMAP_SHADES, COLORMAPS, colormapTable } from '../../src/picture/colormap.js';

/** CIE L* of an sRGB colour, 0 to 100; source: CIE 15 and IEC 61966-2-1. */
function lightness(red: number, green: number, blue: number): number {
  const [r, g, b] = [red, green, blue].map((value) => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return y > 216 / 24389 ? 116 * Math.cbrt(y) - 16 : (y * 24389) / 27;
}

describe.each(COLORMAPS)('the colour map %s', (name) => {
  const table = colormapTable(name);
  const shades = Array.from({ length: COLORMAP_SHADES }, (_, i) => {
    const [red, green, blue] = table.subarray(i * 3, i * 3 + 3);
    return lightness(red!, green!, blue!);
  });

  it('has all its shades', () => {
    expect(table).toHaveLength(COLORMAP_SHADES * 3);
  });

  it('rises from dark to light over a wide range', () => {
    // Rounding to 8 bits may undo a part of a step, never a whole one.
    for (let i = 1; i < shades.length; i++)
      expect(shades[i]! - shades[i - 1]!).toBeGreaterThan(-0.3);
    for (let i = 8; i < shades.length; i++) expect(shades[i]!).toBeGreaterThan(shades[i - 8]!);
    expect(shades.at(-1)! - shades[0]!).toBeGreaterThan(75);
  });
});

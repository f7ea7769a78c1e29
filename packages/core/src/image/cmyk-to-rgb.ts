/**
 * Converts CMYK to RGB as Pillow does, without profiles: each ink darkens what black leaves.
 *
 * Source: Pillow 13.0, `src/libImaging/Convert.c`, `cmyk2rgb`.
 *
 * @param cmyk - four bytes a pixel; 255 is full ink.
 * @returns three bytes a pixel.
 */
export function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const pixels = cmyk.length / 4;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0, at = 0, target = 0; i < pixels; i++, at += 4, target += 3) {
    const light = 255 - cmyk[at + 3]!;
    for (let ink = 0; ink < 3; ink++) {
      // Division by 255 with rounding, in integers: exact for products of two bytes.
      const product = cmyk[at + ink]! * light + 128;
      rgb[target + ink] = light - ((product + (product >> 8)) >> 8);
    }
  }
  return rgb;
}

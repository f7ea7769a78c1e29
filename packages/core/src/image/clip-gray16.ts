/**
 * Turns 16-bit gray into RGB as Pillow does: values above 255 become white, none is scaled.
 *
 * This is what networks trained through Pillow saw, odd as it is. Source: Pillow 13.0,
 * `src/libImaging/Convert.c`, `I16_RGB`.
 *
 * @returns three equal bytes a pixel.
 */
export function clipGray16(gray: Uint16Array): Uint8Array {
  const rgb = new Uint8Array(gray.length * 3);
  for (let i = 0; i < gray.length; i++) rgb.fill(Math.min(gray[i]!, 255), i * 3, i * 3 + 3);
  return rgb;
}

import type { RgbImage } from '@featuretap/core';

/** Squares out of each half of a photo. */
export const CROPS = 6;

function square(
  { width, data }: RgbImage,
  { left, top, side, mirror }: { left: number; top: number; side: number; mirror: boolean },
): RgbImage {
  const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
    return data[((top + y) * width + left + (mirror ? side - 1 - x : x)) * 3 + (i % 3)]!;
  });
  return { width: side, height: side, data: pixels };
}

/**
 * Cuts {@link CROPS} squares of half the height out of the left (0) or right (1) half of a photo, two
 * columns and three rows that overlap. Squares of different halves share no pixel.
 */
export function cropHalf(photo: RgbImage, half: 0 | 1, mirror = false): RgbImage[] {
  const { width, height } = photo;
  const side = height >> 1;
  return Array.from({ length: CROPS }, (_, i) => {
    const left = half * Math.ceil(width / 2) + (i % 2) * ((width >> 1) - side);
    return square(photo, { left, top: (i >> 1) * (side >> 1), side, mirror });
  });
}

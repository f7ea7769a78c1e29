import { FeaturetapError } from '../spec/errors.js';

/** A decoded image: 8-bit RGB, row by row, without padding between rows. */
export interface RgbImage {
  /** pixels */
  readonly width: number;
  /** pixels */
  readonly height: number;
  /** HWC, RGB, 8 bits; length is width * height * 3. */
  readonly data: Uint8Array;
}

/**
 * Checks that the size of an image and its data agree; callers may hand in images of their own.
 *
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function checkRgbImage(image: RgbImage): void {
  const { width, height, data } = image;
  const positive = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (positive && data instanceof Uint8Array && data.length === width * height * 3) return;
  const got = data instanceof Uint8Array ? `${data.length} bytes` : typeof data;
  throw new FeaturetapError(
    'INPUT_INVALID',
    `Expected an RGB image whose data is a Uint8Array of width * height * 3 bytes, ` +
      `got ${width} x ${height} with ${got}. Give 8-bit RGB without alpha or row padding.`,
  );
}

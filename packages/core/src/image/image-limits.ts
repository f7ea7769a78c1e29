import { FeaturetapError } from '../spec/errors.js';

/**
 * Most pixels that an image may have: 178,956,970.
 *
 * Pillow refuses more as a decompression bomb (twice its `Image.MAX_IMAGE_PIXELS`); as RGB they take
 * 512 MiB.
 */
export const MAX_IMAGE_PIXELS = 178_956_970;

/**
 * Most bytes that an encoded image may have, 512 MiB.
 *
 * As many as {@link MAX_IMAGE_PIXELS} take without compression; a file is read into memory whole.
 */
export const MAX_IMAGE_BYTES = 2 ** 29;

/** The error for an image whose header promises more than {@link MAX_IMAGE_PIXELS}. */
export function pixelLimitError(width: number, height: number, name: string): FeaturetapError {
  return new FeaturetapError(
    'IMAGE_LIMIT',
    `Expected an image of at most ${MAX_IMAGE_PIXELS} pixels, got ${width} x ${height}: ${name}. ` +
      'Shrink or crop it first.',
  );
}

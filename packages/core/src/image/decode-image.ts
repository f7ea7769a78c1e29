import { z } from 'zod';
import { parseWith } from '../spec/parse.js';
import { decodePolicySchema, type DecodePolicy } from '../spec/preprocess-spec.js';
import { throwIfAborted } from './abort.js';
import { decodeEncoded } from './decode-encoded.js';
import { openEncodedImage } from './encoded-image.js';
import { readImageBytes, type ImageSource } from './read-image-bytes.js';
import type { RgbImage } from './rgb-image.js';

/** Options of {@link decodeImage}. */
export interface DecodeOptions {
  /**
   * What happens to orientation tags, colour profiles and CMYK.
   *
   * @defaultValue 'as-trained'
   */
  readonly policy?: DecodePolicy;
  /** Stops between reading, checking and decoding; a decode under way runs to its end. */
  readonly signal?: AbortSignal;
}

const decodeOptionsSchema = z.strictObject({
  policy: decodePolicySchema.default('as-trained'),
  signal: z.instanceof(AbortSignal).optional(),
});

/**
 * Decodes a JPEG, PNG, WebP, GIF, TIFF or (with policy `display`) AVIF image at full size.
 *
 * With the default policy the pixels equal Pillow's `Image.open(source).convert('RGB')` bit for bit,
 * and kinds of images that would not come out equal are refused. The format is told by the first
 * bytes. Decoding runs in libuv's thread pool, not on the calling thread.
 *
 * @throws FeaturetapError
 * `FILE_NOT_FOUND`, `FILE_UNREADABLE` (a folder, a pipe, a device, no permission);
 * `IMAGE_UNREADABLE` (empty, no image, truncated, broken);
 * `IMAGE_UNSUPPORTED` (a kind that is not decoded, or not as the model was trained);
 * `IMAGE_LIMIT` (too many pixels or bytes); `INPUT_INVALID`, `OPTION_INVALID`, `ABORTED`
 */
export async function decodeImage(
  source: ImageSource,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  const { policy, signal } = parseWith(decodeOptionsSchema, options, 'options of decodeImage');
  throwIfAborted(signal);
  const file = await readImageBytes(source);
  throwIfAborted(signal);
  const image = await openEncodedImage(file);
  throwIfAborted(signal);
  const rgb = await decodeEncoded(image, policy);
  throwIfAborted(signal);
  return rgb;
}

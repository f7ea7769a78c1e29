import type { DecodePolicy } from '../spec/preprocess-spec.js';
import { throwIfAborted } from './abort.js';
import { decodeEncoded } from './decode-encoded.js';
import { openEncodedImage } from './encoded-image.js';
import { readImageBytes, type ImageSource } from './read-image-bytes.js';
import type { RgbImage } from './rgb-image.js';

/** How a source is decoded. */
export interface DecodeSourceOptions {
  /** What happens to orientation tags, colour profiles and CMYK. */
  readonly policy: DecodePolicy;
  /** Stops between reading, checking and decoding; a decode under way runs to its end. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads, checks and decodes an image: decodeImage without its schemas, which workers need not load.
 *
 * @throws FeaturetapError as decodeImage, but for options
 */
export async function decodeSource(
  source: ImageSource,
  { policy, signal }: DecodeSourceOptions,
): Promise<RgbImage> {
  throwIfAborted(signal);
  const file = await readImageBytes(source);
  throwIfAborted(signal);
  const image = await openEncodedImage(file);
  throwIfAborted(signal);
  const rgb = await decodeEncoded(image, policy);
  throwIfAborted(signal);
  return rgb;
}

import type { DecodePolicy } from '../spec/preprocess-spec.js';
import { decodeAsTrained } from './decode-as-trained.js';
import { decodeForDisplay } from './decode-for-display.js';
import type { EncodedImage } from './encoded-image.js';
import type { RgbImage } from './rgb-image.js';

/**
 * Decodes an image at full size by a policy.
 *
 * @throws FeaturetapError `IMAGE_UNREADABLE` or `IMAGE_UNSUPPORTED`
 */
export function decodeEncoded(image: EncodedImage, policy: DecodePolicy): Promise<RgbImage> {
  return policy === 'display' ? decodeForDisplay(image) : decodeAsTrained(image);
}

import { decodePixels, type EncodedImage } from './encoded-image.js';
import type { RgbImage } from './rgb-image.js';

/**
 * Decodes to the pixels a viewer shows: upright, in sRGB.
 *
 * Orientation tags are applied, colour profiles and CMYK are converted to sRGB, 16 bits are scaled
 * to 8. Alpha is dropped, not blended; of an animation the first frame is taken.
 *
 * @throws FeaturetapError `IMAGE_UNREADABLE`
 */
export async function decodeForDisplay(image: EncodedImage): Promise<RgbImage> {
  const { header } = image;
  const pipeline = image.pipeline({ autoOrient: true });
  // sharp takes 16-bit colours to Display P3 instead of sRGB, to keep their range; narrow them again.
  if (header.space === 'rgb16' && header.hasProfile) pipeline.withIccProfile('srgb');
  const rgb = pipeline.toColourspace('srgb').removeAlpha().raw();
  const { data, info } = await decodePixels(rgb, image.name);
  return { width: info.width, height: info.height, data };
}

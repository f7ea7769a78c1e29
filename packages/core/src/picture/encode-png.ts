import { loadSharp } from '../image/load-sharp.js';
import { checkRgbImage, type RgbImage } from '../image/rgb-image.js';

/**
 * Encodes a picture as PNG, without loss.
 *
 * @throws FeaturetapError `INPUT_INVALID` when size and data do not agree, `RUNTIME_FAILED` when
 * sharp cannot be loaded
 */
export async function encodePng(image: RgbImage): Promise<Buffer> {
  checkRgbImage(image);
  const { width, height, data } = image;
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

import type { Sharp } from 'sharp';
import { FeaturetapError } from '../spec/errors.js';
import { checkTiffKind } from './check-tiff-kind.js';
import { clipGray16 } from './clip-gray16.js';
import { cmykToRgb } from './cmyk-to-rgb.js';
import { decodePixels, type EncodedImage } from './encoded-image.js';
import { openGifFirstFrame, placeFirstFrame } from './gif-first-frame.js';
import type { RgbImage } from './rgb-image.js';

/** Where the colour type stands in a PNG, and its value for gray without alpha. */
const PNG_COLOUR_TYPE = 25;
const PNG_GRAY = 0;

/**
 * Decodes to the pixels of Pillow's `Image.open(file).convert('RGB')`, bit for bit.
 *
 * Colour profiles are ignored, alpha is dropped, CMYK is converted without profiles, gray of 16 bits
 * is clipped, of an animation the first frame is taken. Orientation is ignored, except that Pillow
 * applies it to TIFF.
 *
 * @throws FeaturetapError `IMAGE_UNREADABLE`, or `IMAGE_UNSUPPORTED` for kinds that would not come
 * out equal: AVIF, and rare kinds of TIFF and GIF
 */
export async function decodeAsTrained(image: EncodedImage): Promise<RgbImage> {
  const { bytes, format, header, name } = image;
  if (format === 'avif') throw unequalAvif(name);
  if (format === 'tiff') checkTiffKind(bytes, name);
  if (format === 'gif') return decodeGif(image);

  const pipeline = image.pipeline({ ignoreIcc: true, autoOrient: format === 'tiff' });
  if (header.space === 'cmyk') {
    // Without the first of the two, libvips goes through a profile.
    const inks = pipeline.pipelineColourspace('cmyk').toColourspace('cmyk').raw();
    const { data, info } = await decodePixels(inks, name);
    return { width: info.width, height: info.height, data: cmykToRgb(data) };
  }
  const isPngWithAlpha = format === 'png' && bytes[PNG_COLOUR_TYPE] !== PNG_GRAY;
  if (header.space === 'grey16' && !isPngWithAlpha) {
    const gray = pipeline.removeAlpha().toColourspace('grey16').raw({ depth: 'ushort' });
    const { data, info } = await decodePixels(gray, name);
    // A copy, because a view of 16 bits needs an even offset.
    const samples = new Uint16Array(new Uint8Array(data).buffer);
    return { width: info.width, height: info.height, data: clipGray16(samples) };
  }
  return decodeRgb(pipeline, name);
}

async function decodeGif(image: EncodedImage): Promise<RgbImage> {
  const frame = openGifFirstFrame(image.bytes, image.name);
  const decoded = await decodeRgb(image.pipeline({}, frame.bytes), image.name);
  return placeFirstFrame(decoded, frame);
}

async function decodeRgb(pipeline: Sharp, name: string): Promise<RgbImage> {
  const { data, info } = await decodePixels(
    pipeline.toColourspace('srgb').removeAlpha().raw(),
    name,
  );
  return { width: info.width, height: info.height, data };
}

function unequalAvif(name: string): FeaturetapError {
  return new FeaturetapError(
    'IMAGE_UNSUPPORTED',
    'Expected an image that decodes as Pillow decodes it, got AVIF, whose chroma Pillow and ' +
      `libvips enlarge differently: ${name}. Convert it to PNG, or decode with policy 'display'.`,
  );
}

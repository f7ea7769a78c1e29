import type { EncodedImage } from '../image/encoded-image.js';
import type { ImageFormat } from '../image/sniff-format.js';
import { isFeaturetapError } from '../spec/errors.js';
import type { DecodePolicy, PreprocessSpec } from '../spec/preprocess-spec.js';
import { planResize, type ResizePlan } from './plan-resize.js';

/** Formats whose pixels need none of the special treatment that decodeAsTrained gives others. */
const FORMATS: ReadonlySet<ImageFormat> = new Set(['jpeg', 'png', 'webp']);

/**
 * Plans the resize of an image before it is decoded, where its header tells all.
 *
 * It does where no channel but 8-bit gray or RGB is involved: 16 bits and CMYK are no plain decode,
 * alpha would be multiplied in by a resize of libvips, and of an animation a frame must be picked.
 *
 * @returns null for other images, and for those that cannot be planned: they may be broken too, and
 * decoding them finds out what to say.
 */
export function planPlain(
  image: EncodedImage,
  spec: PreprocessSpec,
  policy: DecodePolicy,
): ResizePlan | null {
  if (!isPlain(image)) return null;
  // The size behind the orientation tag; the one of the file when the tag is ignored.
  const { width, height } = policy === 'display' ? image.header.autoOrient : image.header;
  try {
    return planResize(width, height, spec);
  } catch (error) {
    if (isFeaturetapError(error)) return null;
    throw error;
  }
}

function isPlain({ format, header }: EncodedImage): boolean {
  const { space, depth, hasAlpha, pages = 1 } = header;
  const isByteColour = depth === 'uchar' && (space === 'srgb' || space === 'b-w');
  return FORMATS.has(format) && isByteColour && !hasAlpha && pages === 1;
}

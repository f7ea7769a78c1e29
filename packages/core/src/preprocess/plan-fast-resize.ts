import type { SharpOptions } from 'sharp';
import type { EncodedImage } from '../image/encoded-image.js';
import type { ImageFormat } from '../image/sniff-format.js';
import { isFeaturetapError } from '../spec/errors.js';
import type { DecodePolicy, PreprocessSpec } from '../spec/preprocess-spec.js';
import { planResize, type ResizePlan } from './plan-resize.js';

/**
 * Shortest edge that libvips resizes here, pixels.
 *
 * It treats borders differently from Pillow, and borders are a large part of a small image.
 */
const MIN_EDGE = 64;

/** libvips' kernels of the same formulas as Pillow's; it has no box and no hamming. */
const KERNELS = { bilinear: 'linear', bicubic: 'cubic', lanczos: 'lanczos3' } as const;

/** Formats whose pixels need none of the special treatment that decodeAsTrained gives others. */
const FORMATS: ReadonlySet<ImageFormat> = new Set(['jpeg', 'png', 'webp']);

/** What libvips is asked to do with one image. */
export interface FastResize {
  /** How the image is opened. */
  readonly open: SharpOptions;
  /** Kernel of the resize. */
  readonly kernel: (typeof KERNELS)[keyof typeof KERNELS];
  /** Sizes and crop; nothing is enlarged or padded. */
  readonly plan: ResizePlan;
}

/**
 * Decides whether libvips can decode and resize an image nearly as Pillow would, in one step.
 *
 * It can where it has the kernel, where both edges shrink or stay and the crop lies inside of them,
 * and where no channel but 8-bit gray or RGB is involved: alpha would be multiplied in before the
 * resize, 16 bits and CMYK are no plain decode, and of an animation a frame must be picked.
 *
 * @returns null where the exact way must be taken, also to fail there with its error.
 */
export function planFastResize(
  image: EncodedImage,
  spec: PreprocessSpec,
  policy: DecodePolicy,
): FastResize | null {
  const kernel = kernelOf(spec.interpolation);
  if (kernel === null || !isPlain(image)) return null;
  const { header } = image;
  // The size behind the orientation tag; the one of the file when the tag is ignored.
  const { width, height } = policy === 'display' ? header.autoOrient : header;
  if (Math.min(width, height) < MIN_EDGE) return null;
  const plan = planOrNull(width, height, spec);
  if (plan === null || !shrinks(plan, spec)) return null;
  const autoOrient = policy === 'display';
  return { open: { autoOrient, ignoreIcc: !autoOrient }, kernel, plan };
}

function kernelOf(interpolation: PreprocessSpec['interpolation']): FastResize['kernel'] | null {
  return interpolation in KERNELS ? KERNELS[interpolation as keyof typeof KERNELS] : null;
}

function isPlain({ format, header }: EncodedImage): boolean {
  const { space, depth, hasAlpha, pages = 1 } = header;
  const isByteColour = depth === 'uchar' && (space === 'srgb' || space === 'b-w');
  return FORMATS.has(format) && isByteColour && !hasAlpha && pages === 1;
}

/** An image that cannot be planned may be broken too; the exact way finds out what to say of it. */
function planOrNull(width: number, height: number, spec: PreprocessSpec): ResizePlan | null {
  try {
    return planResize(width, height, spec);
  } catch (error) {
    if (isFeaturetapError(error)) return null;
    throw error;
  }
}

function shrinks({ x, y }: ResizePlan, { inputSize }: PreprocessSpec): boolean {
  const [, height, width] = inputSize;
  const isWhole = x.count === width && y.count === height;
  const isSmaller = x.to < x.from || y.to < y.from;
  return isWhole && isSmaller && x.to <= x.from && y.to <= y.from;
}

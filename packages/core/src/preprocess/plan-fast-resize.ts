import type { SharpOptions } from 'sharp';
import type { EncodedImage } from '../image/encoded-image.js';
import type { DecodePolicy, PreprocessSpec } from '../spec/preprocess-spec.js';
import { planPlain } from './plan-plain.js';
import type { ResizePlan } from './plan-resize.js';

/**
 * Shortest edge that libvips resizes here, pixels.
 *
 * It treats borders differently from Pillow, and borders are a large part of a small image.
 */
const MIN_EDGE = 64;

/** libvips' kernels of the same formulas as Pillow's; it has no box and no hamming. */
const KERNELS = { bilinear: 'linear', bicubic: 'cubic', lanczos: 'lanczos3' } as const;

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
 * and where the image is a plain one, see planPlain.
 *
 * @returns null where the exact way must be taken, also to fail there with its error.
 */
export function planFastResize(
  image: EncodedImage,
  spec: PreprocessSpec,
  policy: DecodePolicy,
): FastResize | null {
  const kernel = kernelOf(spec.interpolation);
  if (kernel === null) return null;
  const plan = planPlain(image, spec, policy);
  if (plan === null || Math.min(plan.x.from, plan.y.from) < MIN_EDGE) return null;
  if (!shrinks(plan, spec)) return null;
  const autoOrient = policy === 'display';
  return { open: { autoOrient, ignoreIcc: !autoOrient }, kernel, plan };
}

function kernelOf(interpolation: PreprocessSpec['interpolation']): FastResize['kernel'] | null {
  return interpolation in KERNELS ? KERNELS[interpolation as keyof typeof KERNELS] : null;
}

function shrinks({ x, y }: ResizePlan, { inputSize }: PreprocessSpec): boolean {
  const [, height, width] = inputSize;
  const isWhole = x.count === width && y.count === height;
  const isSmaller = x.to < x.from || y.to < y.from;
  return isWhole && isSmaller && x.to <= x.from && y.to <= y.from;
}

import type { PreprocessSpec } from '../spec/preprocess-spec.js';

/** A resampling kernel and the distance at which it ends. */
export interface ResampleFilter {
  /** Half of the kernel's width, in output pixels when shrinking. */
  readonly support: number;
  /** The kernel at distance `x` from its centre. */
  weight(x: number): number;
}

/** Every interpolation that weighs several pixels; `nearest` picks one and has no kernel. */
export type FilterName = Exclude<PreprocessSpec['interpolation'], 'nearest'>;

// Pillow writes these two as float literals, so its doubles carry their float32 rounding.
const HAMMING_BASE = Math.fround(0.54);
const HAMMING_SWING = Math.fround(0.46);

/**
 * Pillow's kernels.
 *
 * Source: Pillow 13.0, `src/libImaging/Resample.c`. The order of the operations is part of the
 * definition, since weights are rounded to 22 bits afterwards. Bicubic is cubic convolution with
 * a = -0.5 (Keys 1981), not the -0.75 of OpenCV and of ONNX `Resize`.
 */
export const RESAMPLE_FILTERS: Readonly<Record<FilterName, ResampleFilter>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: {
    support: 1,
    weight(x) {
      const distance = Math.abs(x);
      return distance < 1 ? 1 - distance : 0;
    },
  },
  hamming: {
    support: 1,
    weight(x) {
      const distance = Math.abs(x);
      if (distance === 0) return 1;
      if (distance >= 1) return 0;
      const angle = distance * Math.PI;
      return (Math.sin(angle) / angle) * (HAMMING_BASE + HAMMING_SWING * Math.cos(angle));
    },
  },
  bicubic: {
    support: 2,
    weight(x) {
      const d = Math.abs(x);
      if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
      if (d < 2) return (((d - 5) * d + 8) * d - 4) * -0.5;
      return 0;
    },
  },
  lanczos: {
    support: 3,
    weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0),
  },
};

function sinc(x: number): number {
  if (x === 0) return 1;
  const angle = x * Math.PI;
  return Math.sin(angle) / angle;
}

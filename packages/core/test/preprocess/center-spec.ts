import type { PreprocessSpec } from '../../src/spec/preprocess-spec.js';

/** A usual preprocessing, with what a test changes. */
export function centerSpec(change: Partial<PreprocessSpec> = {}): PreprocessSpec {
  return {
    inputSize: [3, 224, 224],
    interpolation: 'bicubic',
    cropPct: 0.875,
    cropMode: 'center',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    ...change,
  };
}

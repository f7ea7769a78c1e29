import { scalarPasses, type ResamplePasses } from './resample-passes.js';
import { createSimdPasses } from './resample-simd.js';
import { loadSimdKernel } from './simd-kernel.js';

let chosen: ResamplePasses | null = null;

/**
 * Gives the fastest passes that this JavaScript engine runs; they are chosen once per thread.
 *
 * Plain JavaScript takes over where WebAssembly or its SIMD is missing.
 */
export function choosePasses(): ResamplePasses {
  chosen ??= createPasses();
  return chosen;
}

function createPasses(): ResamplePasses {
  const openKernel = loadSimdKernel();
  return openKernel === null ? scalarPasses : createSimdPasses(openKernel, scalarPasses);
}

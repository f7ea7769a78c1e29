// Every golden of the resize again, in an engine without WebAssembly.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { choosePasses } from '../../src/preprocess/resample-kernel.js';
import { scalarPasses } from '../../src/preprocess/resample-passes.js';
import { loadSimdKernel } from '../../src/preprocess/simd-kernel.js';
import './pipeline.test.js';
import './resize-and-crop.test.js';

beforeAll(() => void vi.stubGlobal('WebAssembly', undefined));
afterAll(() => void vi.unstubAllGlobals());

it('plain JavaScript resizes where WebAssembly is missing', () => {
  expect(choosePasses()).toBe(scalarPasses);
});

it('a WebAssembly that refuses the module, as one without SIMD does, counts as missing', () => {
  vi.stubGlobal('WebAssembly', { validate: () => false });
  expect(loadSimdKernel()).toBeNull();
  vi.stubGlobal('WebAssembly', undefined);
});

import { fileURLToPath } from 'node:url';

const inWorkspace = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

/** The built library that the children import. */
export const BUILT_CORE = inWorkspace('packages/core/dist/index.js');

/** A child process that holds one contestant. */
export const CONTESTANT = inWorkspace('tools/src/bench/run/contestant.mjs');

/** The same in Python, for PyTorch. */
export const TORCH_CHILD = inWorkspace('tools/python/bench_torch_child.py');

/** Writes the models with random weights. */
export const MAKE_MODELS = inWorkspace('tools/python/make_bench_models.py');

/** A tapped network of 4 kB, with 16 pixels a side. */
export const TINY_MODEL = inWorkspace('packages/core/test/fixtures/models/tiny.onnx');

/** The page that a run writes. */
export const PAGE = inWorkspace('packages/docs/guide/benchmark.md');

/** The figures behind it. */
export const FIGURES_PAGE = inWorkspace('packages/docs/guide/benchmark-figures.md');

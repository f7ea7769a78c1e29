import { fileURLToPath } from 'node:url';

const inWorkspace = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

/** The built command line. */
export const CLI = inWorkspace('packages/cli/dist/main.js');

/** Child that times the built library, imports apart. */
export const LIBRARY_CHILD = inWorkspace('tools/src/bench/surgery/library-child.mjs');

/** Peers in Python, one a process. */
export const PEERS = inWorkspace('tools/python/bench_surgery_peers.py');

/** Writes the models. */
export const MAKE_MODEL = inWorkspace('tools/python/make_surgery_bench_model.py');

/** Times a process and reads its peak memory. */
export const MEASURE = inWorkspace('tools/python/measure_process.py');

/** The page that a run writes. */
export const PAGE = inWorkspace('packages/docs/guide/surgery-benchmark.md');

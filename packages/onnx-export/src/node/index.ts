// Surgery on files, for Node; no native code.
export { exportHelperPath } from './export-helper-path.js';

export { inspectFile, listFileValues } from './inspect-file.js';
export type { InspectedFile } from './inspect-file.js';

export { pruneFile } from './prune-file.js';
export type { PruneFileResult, PruneRequest } from './prune-file.js';

export { splitFile } from './split-file.js';
export type { SplitFileResult, SplitRequest, WrittenView } from './split-file.js';

export type { WeightsMode } from './plan-weights.js';

export { tapFile } from './tap-file.js';
export type { TapFileResult, TapRequest } from './tap-file.js';

export { reheadFile } from './rehead-file.js';
export type { ReheadFileOptions, ReheadFileResult } from './rehead-file.js';

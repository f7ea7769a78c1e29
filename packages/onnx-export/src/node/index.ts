// Surgery on files, for Node; no native code.
export { exportHelperPath } from './export-helper-path.js';

export { inspectFile } from './inspect-file.js';
export type { InspectedFile } from './inspect-file.js';

export { tapFile } from './tap-file.js';
export type { TapFileResult, TapRequest } from './tap-file.js';

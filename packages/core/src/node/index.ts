// Files on disk, for Node; no native code.
export { fileError, openFileSource } from './open-file-source.js';
export type { FileSource } from './open-file-source.js';

export { readHeadManifest, readManifest } from '../session/read-manifest.js';

export { unsafeLocation } from './unsafe-location.js';

export { writeFileAtomic } from './write-file-atomic.js';
export type { WriteOptions } from './write-file-atomic.js';

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFileSource } from '../node/open-file-source.js';
import { readManifest } from '../session/read-manifest.js';
import type { ModelSource } from '../session/worker-messages.js';
import { FeaturetapError } from '../spec/errors.js';
import type { Manifest } from '../spec/manifest.js';
import { bytesSource } from '../wire/byte-source.js';

/** A tapped model: a path, a `file:` URL, or its bytes. */
export type ModelFile =
  | string
  | URL
  | {
      /** The whole file; its weights must be inside. */
      readonly bytes: Uint8Array;
    };

/** A model with its manifest, for workers to load. */
export interface OpenModelSource {
  /** What workers load. */
  readonly model: ModelSource;
  /** What to call it in messages. */
  readonly name: string;
  /** The manifest inside. */
  readonly manifest: Manifest;
}

/**
 * Reads the manifest of a tapped model.
 *
 * Bytes are copied once into memory that all workers share.
 *
 * @throws FeaturetapError `INPUT_INVALID`, `FILE_NOT_FOUND`, `FILE_UNREADABLE` and what readManifest
 * throws
 */
export async function openModelSource(file: ModelFile): Promise<OpenModelSource> {
  if (typeof file === 'string' || file instanceof URL) {
    const path = typeof file === 'string' ? file : toPath(file);
    await using source = await openFileSource(path);
    const manifest = await readManifest(source, path);
    // The working directory may change before a worker that replaces another one loads it.
    return { model: { kind: 'path', path: resolve(path) }, name: path, manifest };
  }
  // Callers without types may pass null or anything else.
  const given: unknown = file;
  const bytes: unknown =
    typeof given === 'object' && given !== null && 'bytes' in given ? given.bytes : undefined;
  if (!(bytes instanceof Uint8Array)) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      'Expected the tapped model as a path, a file: URL or { bytes: Uint8Array }, ' +
        `got ${typeof file}.`,
    );
  }
  const name = `a model of ${bytes.length} bytes`;
  const manifest = await readManifest(bytesSource(bytes), name);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return { model: { kind: 'bytes', bytes: shared }, name, manifest };
}

function toPath(url: URL): string {
  if (url.protocol === 'file:') return fileURLToPath(url);
  throw new FeaturetapError(
    'INPUT_INVALID',
    `Expected a file: URL of a tapped model, got a ${url.protocol} URL. Download the file first.`,
  );
}

import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { identifyFile, type FileIdentity } from '../node/file-identity.js';
import { fileError, openFileSource } from '../node/open-file-source.js';
import type { ModelSource } from '../session/worker-messages.js';
import { FeaturetapError } from '../spec/errors.js';
import type { WeightFiles } from '../spec/manifest.js';
import { bytesSource, type ByteSource } from '../wire/byte-source.js';
import { printableNames } from '../wire/name.js';
import { checkWeightFiles } from './check-weight-files.js';
import type { ModelFile } from './model-file.js';

/** A model with its manifest, for workers to load. */
export interface OpenModelSource<M> {
  /** What workers load. */
  readonly model: ModelSource;
  /** What to call it in messages. */
  readonly name: string;
  /** The manifest inside. */
  readonly manifest: M;
}

/** How {@link openModelSource} reads a file. */
export interface OpenModelSourceOptions<M> {
  /** Reads the manifest of the kind that is wanted. */
  readonly read: (source: ByteSource, name: string) => Promise<M>;
  /** What the caller must give, for messages. */
  readonly kind: string;
  /** Folder of the weights; null for the model's own. */
  readonly weightsFolder: string | null;
}

/**
 * Reads the manifest of a model and looks for weights that are outside it.
 *
 * Bytes are copied once into memory that all workers share.
 *
 * @throws FeaturetapError `INPUT_INVALID`, `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `MANIFEST_INVALID`
 * and what `read` throws
 */
export async function openModelSource<M extends { weightFiles?: WeightFiles | undefined }>(
  file: ModelFile,
  options: OpenModelSourceOptions<M>,
): Promise<OpenModelSource<M>> {
  const { read, kind } = options;
  // The working directory may change before a worker that replaces another one loads the model.
  const weightsFolder = options.weightsFolder === null ? null : resolve(options.weightsFolder);
  if (typeof file === 'string' || file instanceof URL) {
    const name = typeof file === 'string' ? file : toPath(file, kind);
    const path = resolve(name);
    await using source = await openFileSource(name);
    const manifest = await read(source, name);
    const place =
      weightsFolder === null
        ? { folder: dirname(path), modelPath: path }
        : { folder: weightsFolder, modelPath: null };
    const { weightFiles = [] } = manifest;
    await checkWeightFiles(weightFiles, { name, ...place });
    const weights = weightFiles.map(({ location }) => resolve(place.folder, location));
    const files = await identify([path, ...weights]);
    return { model: { kind: 'path', path, files, weightsFolder }, name, manifest };
  }
  const bytes = bytesOf(file, kind);
  const name = `a model of ${bytes.length} bytes`;
  const manifest = await read(bytesSource(bytes), name);
  const { weightFiles = [] } = manifest;
  if (weightsFolder !== null) {
    await checkWeightFiles(weightFiles, { name, folder: weightsFolder, modelPath: null });
  } else if (weightFiles.length > 0) {
    throw needsFolder(name, weightFiles);
  }
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return { model: { kind: 'bytes', bytes: shared, weightsFolder }, name, manifest };
}

/** @throws FeaturetapError `FILE_NOT_FOUND` or `FILE_UNREADABLE` for a file that has just gone */
function identify(paths: readonly string[]): Promise<FileIdentity[]> {
  return Promise.all(
    paths.map((path) =>
      identifyFile(path).catch((error: unknown) => {
        throw fileError(error, path);
      }),
    ),
  );
}

/** Callers without types may pass null or anything else. */
function bytesOf(file: unknown, kind: string): Uint8Array {
  const bytes: unknown =
    typeof file === 'object' && file !== null && 'bytes' in file ? file.bytes : undefined;
  if (bytes instanceof Uint8Array) return bytes;
  const got = file instanceof Uint8Array ? 'a Uint8Array itself: give { bytes }' : typeof file;
  throw new FeaturetapError(
    'INPUT_INVALID',
    `Expected ${kind} as a path, a file: URL or { bytes: Uint8Array }, got ${got}.`,
  );
}

function needsFolder(name: string, files: WeightFiles): FeaturetapError {
  const names = printableNames(files.map((file) => file.location));
  return new FeaturetapError(
    'INPUT_INVALID',
    `Expected weights inside ${name}, but they are in ${names} beside its file, which bytes do ` +
      'not tell. Give the path of the file, or the folder of the weights as the option ' +
      '`weightsFolder`.',
  );
}

function toPath(url: URL, kind: string): string {
  if (url.protocol === 'file:') return fileURLToPath(url);
  throw new FeaturetapError(
    'INPUT_INVALID',
    `Expected a file: URL of ${kind}, got a ${url.protocol} URL. Download the file first.`,
  );
}

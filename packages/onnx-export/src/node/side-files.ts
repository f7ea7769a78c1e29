import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { fileError, unsafeLocation } from '@featuretap/core/node';
import { FeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { Model } from '../proto/model.js';
import { externalRanges, type ExternalRange } from '../write/relocate-weights.js';

/** A file beside a model that holds weights of it. */
export interface SideFile {
  /** `location`, as the model has it. */
  readonly location: string;
  /** Where it really is: symbolic links resolved. */
  readonly path: string;
  /** Size, bytes. */
  readonly bytes: number;
}

function refuse(what: string, got: string, advice: string): FeaturetapError {
  return new FeaturetapError('MODEL_MALFORMED', `Expected ${what}, got ${got}. ${advice}`);
}

/** Refuses a location that could name a file outside the model's folder. */
function refuseEscaping(location: string): void {
  const reason = unsafeLocation(location);
  if (reason === null) return;
  throw refuse(
    'the weights in a file below the folder of the model',
    `the location "${printableName(location)}", which ${reason}`,
    'Do not use this file unless you know where it comes from; nothing was read from there.',
  );
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * Finds the real file behind a location.
 *
 * Symbolic links are followed as far as they stay in the model's folder, or in the folder where the
 * model itself really is: model hubs keep both as links into one folder of blobs.
 */
async function resolveSideFile(model: string, location: string): Promise<SideFile> {
  refuseEscaping(location);
  const link = join(dirname(model), location);
  const path = await realpath(link).catch((error: unknown) => {
    throw fileError(error, link);
  });
  const folders = [await realpath(dirname(model)), dirname(await realpath(model))];
  if (!folders.some((folder) => isInside(folder, path))) {
    throw refuse(
      `the weights of ${model} in its own folder`,
      `"${printableName(location)}", a link to ${path}`,
      'Copy that file into the folder of the model if you trust it.',
    );
  }
  const stats = await stat(path);
  if (!stats.isFile()) {
    throw new FeaturetapError(
      'FILE_UNREADABLE',
      `Expected a regular file with weights at ${link}, found a folder, device, pipe or socket. ` +
        'Put the file there that came with the model.',
    );
  }
  refuseHardLink(link, stats.nlink);
  return { location, path, bytes: stats.size };
}

/**
 * Refuses a file of several names: onnx (from 1.21) does, since a hard link can stand for any file
 * of the disk.
 */
export function refuseHardLink(path: string, links: number): void {
  if (links <= 1) return;
  throw new FeaturetapError(
    'FILE_UNREADABLE',
    `Expected weights in a file of its own at ${path}, which has ${links} names on this disk (hard ` +
      'links); onnx refuses to load such weights. Copy the file to a new name in its place.',
  );
}

/** A decimal number of at most 2^53 bytes; anything else is refused. */
function parseBytes(text: string | undefined, what: string): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,16}$/u.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw refuse(`a ${what} in bytes`, `"${printableName(text)}"`, 'The file is damaged or hostile.');
}

function checkRange({ offset, length, location }: ExternalRange, file: SideFile): void {
  const start = parseBytes(offset, 'offset') ?? 0;
  const end = start + (parseBytes(length, 'length') ?? 0);
  if (end <= file.bytes) return;
  throw new FeaturetapError(
    'MODEL_TRUNCATED',
    `Expected at least ${end} bytes in ${printableName(location)}, found ${file.bytes}. ` +
      'The file was cut off or belongs to another model; download or export it again.',
  );
}

/**
 * Finds and checks the files beside a model that hold its weights; their content is not read.
 *
 * @param model - path of the model file.
 * @throws FeaturetapError `MODEL_MALFORMED` for a location outside the model's folder or a range that
 * is no number, `MODEL_TRUNCATED` when a file is too short, `FILE_NOT_FOUND` or `FILE_UNREADABLE`
 */
export async function findSideFiles(model: Model, path: string): Promise<SideFile[]> {
  const files = new Map<string, SideFile>();
  for (const range of await externalRanges(model)) {
    const { location } = range;
    const file = files.get(location) ?? (await resolveSideFile(path, location));
    files.set(location, file);
    checkRange(range, file);
  }
  return [...files.values()];
}

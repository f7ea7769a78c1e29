import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { fileError } from '../node/open-file-source.js';
import { unsafeLocation } from '../node/unsafe-location.js';
import { FeaturetapError } from '../spec/errors.js';
import type { WeightFiles } from '../spec/manifest.js';
import { printableName } from '../wire/name.js';

/** Longest path that a message shows in full; Linux takes no longer ones. */
const MAX_PATH_CHARACTERS = 4096;

/** Where the weights of a model are looked for. */
export interface WeightsPlace {
  /** What to call the model in messages. */
  readonly name: string;
  /** Folder that the locations are relative to. */
  readonly folder: string;
  /** Path of the model when the folder is its own; null when the caller named the folder. */
  readonly modelPath: string | null;
}

/**
 * Checks that the weights of a model are where its manifest says, before onnxruntime looks there.
 *
 * Nothing is opened. The sizes tell an original that was replaced since; the bytes are not hashed.
 *
 * @throws FeaturetapError `FILE_NOT_FOUND` or `FILE_UNREADABLE` (no such file, a folder, a device),
 * `MANIFEST_INVALID` (another size, or a location outside the folder)
 */
export async function checkWeightFiles(files: WeightFiles, place: WeightsPlace): Promise<void> {
  for (const file of files) await checkWeightFile(file, place);
}

async function checkWeightFile(file: WeightFiles[number], place: WeightsPlace): Promise<void> {
  const { name, folder } = place;
  const unsafe = unsafeLocation(file.location);
  if (unsafe !== null) {
    throw new FeaturetapError(
      'MANIFEST_INVALID',
      `Expected the weights of ${name} at a path inside its folder, got ` +
        `"${printableName(file.location)}", which ${unsafe}. Do not use this file; tap the ` +
        'original model again.',
    );
  }
  const path = resolve(folder, file.location);
  const shown = printable(path);
  const stats = await stat(path).catch((error: unknown) => {
    throw unavailable(path, place, error);
  });
  if (!stats.isFile()) {
    throw new FeaturetapError(
      'FILE_UNREADABLE',
      `Expected the weights of ${name} in ${shown}, found a folder, device, pipe or socket. ` +
        advice(place),
    );
  }
  if (stats.size !== file.bytes) {
    throw new FeaturetapError(
      'MANIFEST_INVALID',
      `Expected ${file.bytes} bytes with the weights of ${name} in ${shown}, found ` +
        `${stats.size}: the file was changed since. ${advice(place)}`,
    );
  }
  await checkContained(path, place);
}

/** The location in it may have been written to steer a terminal. */
function printable(path: string): string {
  return printableName(path, MAX_PATH_CHARACTERS);
}

/**
 * Links are followed as onnxruntime does: the file that they lead to must be below the folder of
 * the model, or of what the model's own link leads to, as in a cache where both are links.
 */
async function checkContained(path: string, place: WeightsPlace): Promise<void> {
  const target = await realpath(path);
  const folder =
    place.modelPath === null
      ? await realpath(place.folder)
      : dirname(await realpath(place.modelPath));
  const way = relative(folder, target);
  // Between two drives there is no relative way.
  if (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)) return;
  throw new FeaturetapError(
    'MANIFEST_INVALID',
    `Expected the weights of ${place.name} in ${folder}, but ${printable(path)} is a ` +
      `link to ${printable(target)}, which onnxruntime refuses to follow. ${advice(place)}`,
  );
}

function unavailable(path: string, place: WeightsPlace, error: unknown): FeaturetapError {
  const { code } = fileError(error, path);
  const found = code === 'FILE_NOT_FOUND' ? 'found nothing' : 'cannot look at it';
  return new FeaturetapError(
    code,
    `Expected the weights of ${place.name} in ${printable(path)}, ${found}: the tapped file holds the graph ` +
      `and reads the weights from there. ${advice(place)}`,
    { cause: error },
  );
}

function advice({ modelPath }: WeightsPlace): string {
  return modelPath === null
    ? 'Give the folder that holds the original as the option `weightsFolder`, or tap the original ' +
        'model again with `--weights copy`.'
    : 'Put the original back there, name its folder (`--weights-folder`; in code `weightsFolder`), ' +
        'or tap the original model again with `--weights copy`.';
}

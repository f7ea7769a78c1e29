import { access, realpath, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { writeFileAtomic, type WriteOptions } from '@featuretap/core/node';
import { FeaturetapError } from '@featuretap/core/spec';
import type { Model } from '../proto/model.js';
import { linkWeights } from '../write/link-weights.js';
import { relocateWeights } from '../write/relocate-weights.js';
import type { WeightsPlan } from '../tap-model.js';
import { copyContent } from './copy-content.js';
import { findSideFiles, refuseHardLink, type SideFile } from './side-files.js';

/**
 * Where the weights of a written file are: `copy` makes a file that stands alone, `link` one of a
 * few kilobytes that refers to the original.
 */
export type WeightsMode = 'copy' | 'link';

/** A model and its path. */
export interface ModelAtPath {
  /** The model. */
  readonly model: Model;
  /** Path that it was read from. */
  readonly path: string;
}

/** Where the weights go, and what has to be copied for it. */
export interface FileWeightsPlan extends WeightsPlan {
  /** Files that hold weights of the original, beside it. */
  readonly sideFiles: readonly SideFile[];
  /** Files to copy before the model is written. */
  readonly copies: readonly { readonly from: string; readonly to: string }[];
}

/** A folder, symbolic links resolved as far as it is there. */
async function realFolder(folder: string): Promise<string> {
  const parent = dirname(folder);
  return realpath(folder).catch(async () =>
    parent === folder ? folder : join(await realFolder(parent), basename(folder)),
  );
}

/** The folder of a file to write. */
const folderOf = (file: string): Promise<string> => realFolder(dirname(resolve(file)));

/** A path as `external_data` names it: relative, with forward slashes; null when that cannot be. */
function locationFrom(folder: string, path: string): string | null {
  const way = relative(folder, path);
  if (way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return null;
  return way.split(sep).join('/');
}

function refuseFar(output: string, target: string): FeaturetapError {
  return new FeaturetapError(
    'WRITE_REFUSED',
    `Expected a linked file in the folder of its weights or in one above it, because ONNX allows no ` +
      `other path; the weights are in ${target}, the output was to be in ${dirname(output)}. Write it into ` +
      `${dirname(target)} or a folder above, or copy the weights (--weights copy).`,
  );
}

/** The location of a real file for an output; refused where ONNX has no way to name it. */
function linkTo(target: string, folder: string, output: string): string {
  const location = locationFrom(folder, target);
  if (location === null) throw refuseFar(output, target);
  return location;
}

async function linkPlan({ model, path }: ModelAtPath, output: string): Promise<FileWeightsPlan> {
  const folder = await folderOf(output);
  const sideFiles = await findSideFiles(model, path);
  const locations = new Map(
    sideFiles.map((file) => [file.location, linkTo(file.path, folder, output)]),
  );
  const target = await realpath(path);
  const own = locationFrom(folder, target);
  const inline = await linkWeights(model, own ?? basename(target));
  if (inline.length > 0) {
    if (own === null) throw refuseFar(output, target);
    refuseHardLink(path, (await stat(target)).nlink);
  }
  const moved = await relocateWeights(model, changed(locations));
  return {
    splices: [...inline, ...moved],
    sideFiles,
    files: [
      ...(inline.length > 0 && own !== null ? [{ location: own, bytes: model.source.size }] : []),
      ...sideFiles.map(({ location, bytes }) => ({
        location: locations.get(location) ?? location,
        bytes,
      })),
    ],
    copies: [],
  };
}

/** Entries that change anything. */
function changed(locations: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...locations].filter(([from, to]) => from !== to));
}

/** Names that side files of an output can have. */
export function sideNamesOf(output: string): RegExp {
  const literal = output.replace(/[^\w]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
  return new RegExp(`^${literal}(\\.\\d+){0,2}\\.data$`, 'u');
}

/** A name for a side file of an output that no other file has. */
async function freeSideName(folder: string, base: string): Promise<string> {
  for (let number = 0; ; number++) {
    const name = number === 0 ? `${base}.data` : `${base}.${number}.data`;
    const free = await access(join(folder, name)).then(
      () => false,
      () => true,
    );
    if (free) return name;
  }
}

async function copyPlan({ model, path }: ModelAtPath, output: string): Promise<FileWeightsPlan> {
  const sideFiles = await findSideFiles(model, path);
  if (sideFiles.length === 0) return { splices: [], sideFiles, files: [], copies: [] };
  const folder = await folderOf(output);
  const locations = new Map<string, string>();
  const copies: { from: string; to: string }[] = [];
  for (const { location, path: real } of sideFiles) {
    // In the same folder the files are there already; a copy beside them would serve nobody.
    const here = locationFrom(folder, real) === location;
    const base = copies.length === 0 ? basename(output) : `${basename(output)}.${copies.length}`;
    const name = here ? location : await freeSideName(folder, base);
    locations.set(location, name);
    if (!here) copies.push({ from: real, to: join(folder, name) });
  }
  return {
    splices: await relocateWeights(model, changed(locations)),
    sideFiles,
    files: sideFiles.map((file: SideFile) => ({
      location: locations.get(file.location) ?? file.location,
      bytes: file.bytes,
    })),
    copies,
  };
}

/**
 * Decides where the weights of an output will be.
 *
 * @throws FeaturetapError `WRITE_REFUSED` when a link cannot be named from the output's folder, and
 * as `findSideFiles`
 */
export function planWeights(
  at: ModelAtPath,
  output: string,
  mode: WeightsMode,
): Promise<FileWeightsPlan> {
  return mode === 'link' ? linkPlan(at, output) : copyPlan(at, output);
}

/**
 * Copies the side files of a plan; each appears whole or not at all.
 *
 * @throws FeaturetapError `WRITE_REFUSED`
 */
export async function copySideFiles(
  { copies }: FileWeightsPlan,
  options: WriteOptions = {},
): Promise<void> {
  for (const { from, to } of copies) {
    const copy = (handle: FileHandle, temporary: string): Promise<void> =>
      copyContent(from, temporary, handle, options);
    await writeFileAtomic(to, copy, options);
  }
}

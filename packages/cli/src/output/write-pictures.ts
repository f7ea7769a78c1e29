import { mkdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { ClassWeights } from '@featuretap/core';
import { FeaturetapError, type PreprocessSpec } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { AnyRecord } from './describe-record.js';
import { writeClassMap } from './write-class-map.js';
import { writeHeatmaps } from './write-heatmaps.js';

/** A run whose images are drawn on. */
export interface PicturesRequest {
  /** Where the pictures go; made when it is not there. */
  readonly folder: string;
  /** The photos, in the order of the batch. */
  readonly images: readonly string[];
  /** The record of the run. */
  readonly record: AnyRecord;
  /** How the photos became the input. */
  readonly preprocess: PreprocessSpec | null;
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new FeaturetapError(
      'WRITE_REFUSED',
      `Expected a folder for pictures at ${printableName(folder)}, or a place for one, got ${code}. ` +
        'Name another folder.',
      { cause: error },
    );
  });
}

/** Names of pictures, one for each image. */
function pictureNames(images: readonly string[]): string[] {
  return images.map((image, row) => {
    const name = basename(image, extname(image));
    // The same name may come from two folders.
    return images.length > 1 ? `${row}-${name}` : name;
  });
}

/** Writes a picture of each stage for each image; returns their paths, by image. */
export async function writeAllHeatmaps(request: PicturesRequest): Promise<string[][]> {
  const { folder, images, record, preprocess } = request;
  await makeFolder(folder);
  const written: string[][] = [];
  for (const [row, name] of pictureNames(images).entries()) {
    const prefix = join(folder, name);
    written.push(await writeHeatmaps({ image: images[row]!, prefix, row, record, preprocess }));
  }
  return written;
}

/** Writes a picture of what speaks for a class for each image; returns their paths. */
export async function writeAllClassMaps(
  request: PicturesRequest & {
    /** Weights of the classifier. */
    readonly weights: ClassWeights;
    /** Indices of the classes, one for each image. */
    readonly classes: readonly number[];
  },
): Promise<string[]> {
  const { folder, images, record, preprocess, weights, classes } = request;
  await makeFolder(folder);
  const written: string[] = [];
  for (const [row, name] of pictureNames(images).entries()) {
    const [image, classIndex] = [images[row]!, classes[row]!];
    const file = join(folder, `${name}.class${classIndex}.png`);
    await writeClassMap({ image, file, row, classIndex, record, weights, preprocess });
    written.push(file);
  }
  return written;
}

import type { ClassWeights } from '@featuretap/core';
import { writeFileAtomic } from '@featuretap/core/node';
import type { PreprocessSpec } from '@featuretap/core/spec';
import { usageError } from '../options.js';
import type { AnyRecord } from './describe-record.js';
import { seenImage } from './seen-image.js';

/** What to draw. */
export interface ClassMapRequest {
  /** The photo. */
  readonly image: string;
  /** Path of the picture. */
  readonly file: string;
  /** Position of the image in the batch. */
  readonly row: number;
  /** Index of the class. */
  readonly classIndex: number;
  /** The record of the run, with unpooled. */
  readonly record: AnyRecord;
  /** Weights of the classifier. */
  readonly weights: ClassWeights;
  /** How the photo became the input: the picture shows what the model saw. */
  readonly preprocess: PreprocessSpec | null;
}

/** Writes what speaks for a class as a PNG, drawn over what the model saw. */
export async function writeClassMap(request: ClassMapRequest): Promise<void> {
  const { classHeatmap, encodePng, overlayHeatmap } = await import('@featuretap/core');
  const { image, file, row, classIndex, record, weights, preprocess } = request;
  const { unpooled } = record;
  if (unpooled === undefined || !('data' in unpooled)) {
    throw usageError('Expected unpooled among --fields with --class-maps: it is what is drawn.');
  }
  const seen = await seenImage(image, preprocess);
  const { width, height } = seen;
  const heatmap = classHeatmap(unpooled, weights, { classIndex, row, width, height });
  const png = await encodePng(overlayHeatmap(seen, heatmap));
  await writeFileAtomic(file, (handle) => handle.writeFile(png));
}

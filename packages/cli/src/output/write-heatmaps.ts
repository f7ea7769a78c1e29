import { writeFileAtomic } from '@featuretap/core/node';
import type { PreprocessSpec } from '@featuretap/core/spec';
import { usageError } from '../options.js';
import type { AnyRecord } from './describe-record.js';
import { seenImage } from './seen-image.js';

/** What to draw. */
export interface HeatmapRequest {
  /** The photo. */
  readonly image: string;
  /** Path and beginning of the names of the files. */
  readonly prefix: string;
  /** Position of the image in the batch. */
  readonly row: number;
  /** The record of the run. */
  readonly record: AnyRecord;
  /** How the photo became the input: the picture shows what the model saw. */
  readonly preprocess: PreprocessSpec | null;
}

/**
 * Writes one PNG for each stage, drawn over what the model saw; returns their paths.
 *
 * @throws FeaturetapError `OPTION_INVALID` when the file reduces its stages to vectors.
 */
export async function writeHeatmaps(request: HeatmapRequest): Promise<string[]> {
  const core = await import('@featuretap/core');
  const { image, prefix, row, record, preprocess } = request;
  const seen = await seenImage(image, preprocess);
  const { width, height } = seen;
  if (record.stages?.some(({ layout }) => layout === 'NC') === true) {
    throw usageError(
      'Expected stages that are maps with --heatmaps, but the file reduces them to one number a ' +
        'channel. Tap the original again without --reduce.',
    );
  }
  const files: string[] = [];
  for (const [i, stage] of (record.stages ?? []).entries()) {
    const heatmap = core.stageHeatmap(stage, { row, width, height });
    const png = await core.encodePng(core.overlayHeatmap(seen, heatmap));
    const file = `${prefix}.stage${i}.png`;
    await writeFileAtomic(file, (handle) => handle.writeFile(png));
    files.push(file);
  }
  return files;
}

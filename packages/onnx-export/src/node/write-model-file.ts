import { realpath, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openFileSource, type FileSource, type WriteOptions } from '@featuretap/core/node';
import { readModelFile } from './read-model-file.js';
import { readManifest } from '../taps/plan-from-manifest.js';
import type { Segment } from '../write/segments.js';
import { copySideFiles, sideNamesOf, type FileWeightsPlan } from './plan-weights.js';
import { writeSegments } from './write-segments.js';

/** Side files of the file that an output replaces, as far as they were written for it. */
async function replacedSideFiles(output: string): Promise<string[]> {
  try {
    await using source = await openFileSource(output);
    const files = readManifest(await readModelFile(source))?.weightFiles ?? [];
    const ours = sideNamesOf(basename(output));
    return files
      .filter(({ location }) => ours.test(location))
      .map(({ location }) => join(dirname(output), location));
  } catch {
    // There is no such file, or it is none of ours: nothing of it is to be removed.
    return [];
  }
}

/**
 * Writes a model and the side files that it needs, the side files first; what fails leaves nothing
 * behind. Side files of a file that is replaced are removed once nothing refers to them.
 *
 * @returns size of the model file, bytes.
 * @throws FeaturetapError `WRITE_REFUSED`, `FILE_UNREADABLE` or `MODEL_TRUNCATED`
 */
export async function writeModelFile(
  output: string,
  source: FileSource,
  segments: readonly Segment[],
  weights: FileWeightsPlan,
  options: WriteOptions = {},
): Promise<number> {
  const old = await replacedSideFiles(output);
  const used = new Set(weights.files.map(({ location }) => join(dirname(output), location)));
  // Another model may have its weights in what this output had: the input does, when it was linked.
  const read = new Set(weights.sideFiles.map(({ path }) => path));
  try {
    await copySideFiles(weights, options);
    const bytes = await writeSegments(output, source, segments, options);
    for (const path of old) {
      const real = await realpath(path).catch(() => path);
      if (!used.has(path) && !read.has(real)) await unlink(path).catch(() => undefined);
    }
    return bytes;
  } catch (error) {
    for (const { to } of weights.copies) await unlink(to).catch(() => undefined);
    throw error;
  }
}

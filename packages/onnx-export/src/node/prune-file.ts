import { openFileSource } from '@featuretap/core/node';
import { checkOptions } from '../check-options.js';
import { readModelFile } from './read-model-file.js';
import { pruneModel, type PruneOptions } from '../views/prune-model.js';
import type { FileOptions } from './file-options.js';
import { planWeights } from './plan-weights.js';
import { refuseInputs } from './refuse-inputs.js';
import { writeModelFile } from './write-model-file.js';

/** What to keep and how to write it. */
export interface PruneRequest extends FileOptions, Omit<PruneOptions, 'weights'> {}

/** What was written. */
export interface PruneFileResult {
  /** Names of its inputs. */
  readonly inputs: readonly string[];
  /** Names of its outputs. */
  readonly outputs: readonly string[];
  /** Nodes that stay. */
  readonly nodes: number;
  /** Size of the file, bytes. */
  readonly bytes: number;
}

/**
 * Writes the part of a model between some values and others.
 *
 * The output appears whole or not at all. The input is never changed.
 *
 * @throws FeaturetapError as `pruneModel`, what reading throws, and `WRITE_REFUSED`
 */
export async function pruneFile(
  input: string | URL,
  output: string,
  request: PruneRequest = {},
): Promise<PruneFileResult> {
  checkOptions(request, 'pruneFile');
  const { weights: mode = 'copy', sync = true, ...options } = request;
  await using source = await openFileSource(input);
  const { path } = source;
  const model = await readModelFile(source);
  const weights = await planWeights({ model, path }, output, mode);
  await refuseInputs(path, weights, [output]);
  const { segments, ...rest } = await pruneModel(model, { ...options, weights });
  const bytes = await writeModelFile(output, source, segments, weights, { sync });
  return { ...rest, bytes };
}

import { openFileSource } from '@featuretap/core/node';
import { checkOptions } from '../check-options.js';
import { planTaps } from '../plan-taps.js';
import { readModelFile } from './read-model-file.js';
import type { ReheadRequest } from '../rehead/rehead-request.js';
import { reheadModel } from '../rehead-model.js';
import type { ReheadOptions } from '../rehead/start-rehead.js';
import { separateRequest, type PlannedFileOptions } from './file-options.js';
import { fileSha256 } from './file-sha256.js';
import { planWeights } from './plan-weights.js';
import { refuseInputs } from './refuse-inputs.js';
import type { TapFileResult } from './tap-file.js';
import { writeModelFile } from './write-model-file.js';

/** What to record and how to write it; weights of a new head are always inside. */
export interface ReheadFileOptions
  extends PlannedFileOptions, Omit<ReheadOptions, 'sha256' | 'weights'> {}

/** What was written. */
export type ReheadFileResult = Pick<TapFileResult, 'manifest' | 'bytes'>;

/**
 * Changes the classifier of a model file and writes the new file.
 *
 * The output appears whole or not at all. The input is never changed.
 *
 * @throws FeaturetapError as `inspectFile` and `reheadModel`, and `WRITE_REFUSED` when the output is
 * the input, cannot be linked from where it is, or cannot be written.
 */
export async function reheadFile(
  input: string | URL,
  output: string,
  request: ReheadRequest,
  options: ReheadFileOptions = {},
): Promise<ReheadFileResult> {
  checkOptions(options, 'reheadFile');
  const { file, planning, options: facts } = separateRequest(options);
  await using source = await openFileSource(input);
  const { path } = source;
  const model = await readModelFile(source);
  const weights = await planWeights({ model, path }, output, file.weights);
  await refuseInputs(path, weights, [output]);
  const plan = planTaps(model, planning);
  const sha256 = file.hash ? { sha256: await fileSha256(source) } : {};
  const made = await reheadModel(model, plan, request, { ...facts, ...sha256, weights });
  const bytes = await writeModelFile(output, source, made.segments, weights, file);
  return { manifest: made.manifest, bytes };
}

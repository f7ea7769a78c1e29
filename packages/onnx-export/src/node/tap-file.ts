import { openFileSource } from '@featuretap/core/node';
import type { Manifest } from '@featuretap/core/spec';
import { checkOptions } from '../check-options.js';
import { planTaps } from '../plan-taps.js';
import { readModelFile } from './read-model-file.js';
import { refuseTapped, tapModel, type TapOptions } from '../tap-model.js';
import type { TapPlan } from '../taps/plan.js';
import { separateRequest, type PlannedFileOptions } from './file-options.js';
import { fileSha256 } from './file-sha256.js';
import { planWeights } from './plan-weights.js';
import { refuseInputs } from './refuse-inputs.js';
import { writeModelFile } from './write-model-file.js';

/** What to tap, what to record and how to write it. */
export interface TapRequest extends PlannedFileOptions, Omit<TapOptions, 'sha256' | 'weights'> {}

/** What was written. */
export interface TapFileResult {
  /** The plan that was carried out. */
  readonly plan: TapPlan;
  /** The manifest inside the file. */
  readonly manifest: Manifest;
  /** Size of the file, bytes. */
  readonly bytes: number;
}

/**
 * Taps a model file: finds the fields, exposes them as outputs, and writes the new file.
 *
 * The output appears whole or not at all. The input is never changed.
 *
 * @throws FeaturetapError as `inspectFile` and `tapModel`, and `WRITE_REFUSED` when the output is the
 * input, cannot be linked from where it is, or cannot be written.
 */
export async function tapFile(
  input: string | URL,
  output: string,
  request: TapRequest = {},
): Promise<TapFileResult> {
  checkOptions(request, 'tapFile');
  const { file, planning, options } = separateRequest(request);
  await using source = await openFileSource(input);
  const { path } = source;
  const model = await readModelFile(source);
  refuseTapped(model);
  const weights = await planWeights({ model, path }, output, file.weights);
  await refuseInputs(path, weights, [output]);
  const plan = planTaps(model, planning);
  const sha256 = file.hash ? { sha256: await fileSha256(source) } : {};
  const { segments, manifest } = await tapModel(model, plan, { ...options, ...sha256, weights });
  const bytes = await writeModelFile(output, source, segments, weights, file);
  return { plan, manifest, bytes };
}

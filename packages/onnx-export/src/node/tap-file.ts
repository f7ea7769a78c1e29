import { openFileSource, type WriteOptions } from '@featuretap/core/node';
import type { Manifest } from '@featuretap/core/spec';
import { checkTapOptions } from '../check-tap-options.js';
import { planTaps, type PlanOptions } from '../plan-taps.js';
import { readModel } from '../proto/read-model.js';
import { refuseTapped, tapModel, type TapOptions } from '../tap-model.js';
import type { TapPlan } from '../taps/plan.js';
import { planWeights, type WeightsMode } from './plan-weights.js';
import { fileSha256, refuseSameFile } from './same-file.js';
import { writeModelFile } from './write-model-file.js';

/** What to tap and what to record. */
export interface TapRequest
  extends WriteOptions, PlanOptions, Omit<TapOptions, 'sha256' | 'weights'> {
  /** Records the SHA-256 of the whole original file, which reads all of it. */
  readonly hash?: boolean;
  /**
   * Whether the weights are copied into the new file, or stay in the original, which the new file
   * then needs beside it.
   *
   * @defaultValue 'copy'
   */
  readonly weights?: WeightsMode;
}

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
  checkTapOptions(request, 'tapFile');
  const {
    hash = false,
    weights: mode = 'copy',
    sync = true,
    architecture,
    catalogue,
    ...options
  } = request;
  await using source = await openFileSource(input);
  const { path } = source;
  await refuseSameFile(path, output);
  const model = await readModel(source);
  refuseTapped(model);
  const weights = await planWeights({ model, path }, output, mode);
  const plan = planTaps(model, {
    ...(architecture === undefined ? {} : { architecture }),
    ...(catalogue === undefined ? {} : { catalogue }),
  });
  const sha256 = hash ? { sha256: await fileSha256(source) } : {};
  const { segments, manifest } = await tapModel(model, plan, { ...options, ...sha256, weights });
  const bytes = await writeModelFile(output, source, segments, weights, { sync });
  return { plan, manifest, bytes };
}

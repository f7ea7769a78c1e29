import { openFileSource, type WriteOptions } from '@featuretap/core/node';
import { planTaps, type PlanOptions } from '../plan-taps.js';
import { readModel } from '../proto/read-model.js';
import type { ReheadRequest } from '../rehead/rehead-request.js';
import { reheadModel } from '../rehead-model.js';
import type { ReheadOptions } from '../rehead/start-rehead.js';
import { planWeights, type WeightsMode } from './plan-weights.js';
import { fileSha256, refuseSameFile } from './same-file.js';
import type { TapFileResult } from './tap-file.js';
import { writeModelFile } from './write-model-file.js';

/** What to record, and where the weights go. */
export interface ReheadFileOptions
  extends WriteOptions, PlanOptions, Omit<ReheadOptions, 'sha256' | 'weights'> {
  /** Records the SHA-256 of the whole original file, when the input is one: reads all of it. */
  readonly hash?: boolean;
  /**
   * Whether the weights that stay are copied into the new file, or stay in the input, which the new
   * file then needs beside it. Those of a new head are always inside.
   *
   * @defaultValue 'copy'
   */
  readonly weights?: WeightsMode;
}

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
  const {
    hash = false,
    weights: mode = 'copy',
    sync = true,
    architecture,
    catalogue,
    ...facts
  } = options;
  await using source = await openFileSource(input);
  const { path } = source;
  await refuseSameFile(path, output);
  const model = await readModel(source);
  const weights = await planWeights({ model, path }, output, mode);
  const plan = planTaps(model, {
    ...(architecture === undefined ? {} : { architecture }),
    ...(catalogue === undefined ? {} : { catalogue }),
  });
  const sha256 = hash ? { sha256: await fileSha256(source) } : {};
  const made = await reheadModel(model, plan, request, { ...facts, ...sha256, weights });
  const bytes = await writeModelFile(output, source, made.segments, weights, { sync });
  return { manifest: made.manifest, bytes };
}

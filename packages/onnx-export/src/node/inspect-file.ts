import { openFileSource } from '@featuretap/core/node';
import { listValues, type GraphValue } from '../list-values.js';
import { readModelFile } from './read-model-file.js';
import { summarizeModel, type ModelSummary } from '../summarize-model.js';
import { planTaps, type PlanOptions } from '../plan-taps.js';
import type { TapPlan } from '../taps/plan.js';

/** A model file's summary and the plan of what would be tapped. */
export interface InspectedFile {
  /** What the file says of itself. */
  readonly summary: ModelSummary;
  /** The four fields, found or absent. */
  readonly plan: TapPlan;
}

/**
 * Finds the fields of a model file and changes nothing.
 *
 * @throws FeaturetapError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `MODEL_NOT_ONNX`, `MODEL_TRUNCATED`,
 * `MODEL_MALFORMED`, `MODEL_LIMIT` or `MODEL_NO_IMAGE_INPUT`
 */
export async function inspectFile(
  file: string | URL,
  options: PlanOptions = {},
): Promise<InspectedFile> {
  await using source = await openFileSource(file);
  const model = await readModelFile(source);
  return { summary: summarizeModel(model), plan: planTaps(model, options) };
}

/**
 * Lists the values of a model file whose names match a pattern.
 *
 * @throws FeaturetapError as `inspectFile` and `listValues`
 */
export async function listFileValues(file: string | URL, pattern: string): Promise<GraphValue[]> {
  await using source = await openFileSource(file);
  return await listValues(await readModelFile(source), pattern);
}

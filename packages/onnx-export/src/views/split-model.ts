import {
  HEAD_MANIFEST_KEY,
  MANIFEST_KEY,
  MANIFEST_VERSION,
  type HeadManifest,
  type Manifest,
} from '@featuretap/core/spec';
import { exposeField, exposeFields, startExposures } from '../passes/expose-fields.js';
import { dropFunctions } from '../passes/drop-functions.js';
import { prune } from '../passes/prune.js';
import { DATA_TYPE } from '../proto/fields.js';
import type { Model } from '../proto/model.js';
import { checkOptions } from '../check-options.js';
import { selectFields, type FieldSelection } from '../select-fields.js';
import { refuseTapped, sourceOf, TOOL, weightFilesOf, type RecordedFacts } from '../tap-model.js';
import { absent, isFound, type TapPlan } from '../taps/plan.js';
import { statedPreprocess } from '../taps/stated-preprocess.js';
import type { Segment } from '../write/segments.js';
import { spliceModel } from '../write/splice-model.js';
import { findHeadInput, valuesOf, type HeadInput } from './head-input.js';
import { exposeJunction, undoJunction, type Junction } from './junction.js';

/** What to expose in the backbone and what to record. */
export interface SplitOptions extends FieldSelection, RecordedFacts {}

/** A view of a model, not written yet. */
export interface View<M> {
  /** Pieces of the file. */
  readonly segments: readonly Segment[];
  /** What the file takes and returns; embedded in it. */
  readonly manifest: M;
}

/** The two parts of a model. */
export interface SplitModel {
  /** From the image to stages, unpooled and pooled. */
  readonly backbone: View<Manifest>;
  /** From pooled, or from what else the classifier takes, to logits. */
  readonly head: View<HeadManifest>;
}

type Common = Pick<Manifest, 'version' | 'tool' | 'source' | 'weightFiles' | 'architecture'>;

async function cutBackbone(
  model: Model,
  { record, input }: TapPlan,
  headInput: HeadInput,
  options: SplitOptions,
  common: Common,
): Promise<{ view: View<Manifest>; junction: Junction }> {
  const withoutLogits = { ...record, logits: absent('the classifier is in the head file') };
  const fields = exposeFields(startExposures(model), selectFields(withoutLogits, options));
  const { exposures, junction } = exposeJunction(fields.exposures, headInput, input.name);
  const { output, value, dtype, shape } = junction.output;
  const fieldOutputs = new Set(fields.exposures.edit.outputs.map(({ name }) => name));
  const isExtra = !junction.isField || !fieldOutputs.has(output);
  const kept = new Set(junction.isField ? [output] : []);
  const manifest: Manifest = {
    ...common,
    view: 'backbone',
    input,
    preprocess: options.preprocess ?? statedPreprocess(model),
    labels: options.labels === undefined ? null : [...options.labels],
    ...(isExtra ? { extras: [{ output, value, dtype, shape }] } : {}),
    record: fields.record,
  };
  const keepOutputs = keptOutputs(manifest, kept);
  const edit = await dropFunctions(prune(exposures.edit, { keepOutputs }));
  const segments = spliceModel(edit, {
    metadata: [{ key: MANIFEST_KEY, value: JSON.stringify(manifest) }],
    weights: options.weights?.splices ?? [],
  });
  return { view: { segments, manifest }, junction };
}

/** Outputs of the original that a field of the record uses as they are. */
function keptOutputs({ record }: Manifest, others: ReadonlySet<string>): Set<string> {
  const { stages, unpooled, pooled } = record;
  const fields = [...stages, ...(Array.isArray(unpooled) ? unpooled : [unpooled]), pooled];
  return new Set([...others, ...fields.flatMap((f) => ('output' in f ? [f.output] : []))]);
}

async function cutHead(
  model: Model,
  { record, input }: TapPlan,
  { field }: HeadInput,
  junction: Junction,
  options: SplitOptions,
  common: Common,
): Promise<View<HeadManifest>> {
  const { logits } = record;
  if (!isFound(logits)) throw new Error('a head without logits is not asked for');
  const { exposures, output } = exposeField(startExposures(model), logits, 'logits');
  const { output: name, dtype, shape, layout } = junction.output;
  const undone = undoJunction(exposures.edit, field, junction, input.name);
  const inputs = [{ name, dataType: DATA_TYPE[dtype], shape }];
  const wanted = { keepOutputs: new Set([output.output]), given: new Set(valuesOf(field)) };
  const edit = await dropFunctions(prune({ ...undone, inputs }, wanted));
  const manifest: HeadManifest = {
    ...common,
    input: { name, dtype, shape, layout: junction.isField ? layout : null },
    labels: options.labels === undefined ? null : [...options.labels],
    logits: output,
  };
  const segments = spliceModel(edit, {
    metadata: [{ key: HEAD_MANIFEST_KEY, value: JSON.stringify(manifest) }],
    weights: options.weights?.splices ?? [],
  });
  return { segments, manifest };
}

/**
 * Cuts a model into backbone and head, over the same weights.
 *
 * The backbone returns the record without logits. The head takes pooled, or what else the logits are
 * computed from, so head after backbone computes what the whole model does.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` when there are no logits or a named field is not there;
 * `MODEL_UNSUPPORTED` when the file is tapped already or its logits are computed from more than one
 * value; `OPTION_INVALID` for an option that does not exist or does not fit.
 */
export async function splitModel(
  model: Model,
  plan: TapPlan,
  options: SplitOptions = {},
): Promise<SplitModel> {
  checkOptions(options, 'splitModel');
  refuseTapped(model);
  const { index } = startExposures(model).edit;
  const headInput = findHeadInput(index, plan.record, plan.input.name);
  const common: Common = {
    version: MANIFEST_VERSION,
    tool: TOOL,
    source: await sourceOf(model, options),
    ...weightFilesOf(options),
    architecture: plan.architecture,
  };
  const { view, junction } = await cutBackbone(model, plan, headInput, options, common);
  return {
    backbone: view,
    head: await cutHead(model, plan, headInput, junction, options, common),
  };
}

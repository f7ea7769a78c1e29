import {
  FeaturetapError,
  MANIFEST_KEY,
  MANIFEST_VERSION,
  type Dim,
  type Manifest,
  type PreprocessSpec,
  type WeightFiles,
} from '@featuretap/core/spec';
import { checkLabels } from './check-labels.js';
import { checkOptions } from './check-options.js';
import { exposeFields, startExposures, type FieldForm } from './passes/expose-fields.js';
import { exposeValues, type NamedOutput } from './passes/expose-values.js';
import { inlineValues } from './passes/inline-values.js';
import { uint8Input } from './passes/uint8-input.js';
import type { GraphIndex } from './graph/graph-index.js';
import type { GraphEdit } from './passes/graph-edit.js';
import type { Model } from './proto/model.js';
import { selectFields, type FieldSelection } from './select-fields.js';
import { findClassWeights } from './taps/find-class-weights.js';
import type { RecordPlan, TapPlan } from './taps/plan.js';
import { readManifest } from './taps/plan-from-manifest.js';
import { statedPreprocess } from './taps/stated-preprocess.js';
import { VERSION } from './version.js';
import { graphSha256 } from './write/graph-sha256.js';
import type { Segment } from './write/segments.js';
import type { Splice } from './write/splice.js';
import { addedBytes, spliceModel } from './write/splice-model.js';

/** Where the weights of a written model are, when they are not inside it. */
export interface WeightsPlan {
  /** Changes inside the tensors of the original. */
  readonly splices: readonly Splice[];
  /** The files that hold weights. */
  readonly files: WeightFiles;
}

/** What to record beside the outputs. */
export interface RecordedFacts {
  /** How images become the input; recorded in the manifest. */
  readonly preprocess?: PreprocessSpec;
  /** Class names in the order of the logits; recorded in the manifest. */
  readonly labels?: readonly string[];
  /** SHA-256 (hex) of the whole original file; recorded in the manifest. */
  readonly sha256?: string;
  /** Where the weights are; inside the file by default. */
  readonly weights?: WeightsPlan;
}

/** What to expose and what to record beside it. */
export interface TapOptions extends FieldSelection, FieldForm, RecordedFacts {
  /** Further values to expose under names of the caller's choice; not part of the record. */
  readonly outputs?: readonly NamedOutput[];
  /**
   * `uint8` makes the file take bytes [N, H, W, 3] and normalise them inside the graph, in place of
   * the input that it has.
   *
   * @defaultValue the input stays
   */
  readonly input?: 'uint8';
}

/** A tapped model, not written yet. */
export interface TappedModel {
  /** Pieces of the file, most of them ranges of the original. */
  readonly segments: readonly Segment[];
  /** What each output of the file is; embedded in it. */
  readonly manifest: Manifest;
}

/** Name and version of this tool, as manifests have it. */
export const TOOL = `@featuretap/onnx-export ${VERSION}`;

/** @throws FeaturetapError `MODEL_UNSUPPORTED` when a file carries a manifest already. */
export function refuseTapped(model: Model): void {
  if (readManifest(model) === null) return;
  throw new FeaturetapError(
    'MODEL_UNSUPPORTED',
    'Expected an original export, got a file that is tapped already. Tap the original again.',
  );
}

/** The identity of an original file, for manifests. */
export async function sourceOf(
  model: Model,
  { sha256 }: Pick<RecordedFacts, 'sha256'>,
): Promise<Manifest['source']> {
  return {
    bytes: model.source.size,
    graphSha256: await graphSha256(model),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/**
 * Exposes the fields of a plan as outputs of the graph and embeds the manifest.
 *
 * Nothing of the original changes: its outputs keep names, order and bits, its weights are copied
 * as ranges or stay where they are.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` for a field, stage or value that was named and is not
 * there; `MODEL_UNSUPPORTED` when the file is tapped already or its type cannot be returned;
 * `OPTION_INVALID` for an option that does not exist or does not fit, another number of labels than
 * classes, or a uint8 input where preprocessing is not known.
 */
export async function tapModel(
  model: Model,
  plan: TapPlan,
  options: TapOptions = {},
): Promise<TappedModel> {
  checkOptions(options, 'tapModel');
  refuseTapped(model);
  const inlined = await inlineValues(model, options.outputs ?? []);
  const start = startExposures(inlined.model, options);
  const { exposures, record } = exposeFields(
    { ...start, edit: { ...start.edit, replaced: inlined.replaced } },
    selectFields(plan.record, options),
    options,
  );
  if (options.labels !== undefined) checkLabels(options.labels, classesOf(plan.record));
  const named = exposeValues(exposures, inlined.outputs, plan.input.name);
  const preprocess = options.preprocess ?? statedPreprocess(model);
  const { edit, input } =
    options.input === 'uint8'
      ? uint8Input(named.exposures.edit, plan.input, preprocess)
      : { edit: named.exposures.edit, input: plan.input };
  const manifest: Manifest = {
    version: MANIFEST_VERSION,
    tool: TOOL,
    source: await sourceOf(model, options),
    ...weightFilesOf(options),
    architecture: plan.architecture,
    input,
    preprocess,
    labels: options.labels === undefined ? null : [...options.labels],
    ...(named.extras.length > 0 ? { extras: named.extras } : {}),
    ...addedTo(edit, { front: 0, back: 0 }),
    ...classWeightsOf(start.edit.index, plan),
    record,
  };
  const segments = spliceModel(edit, {
    metadata: [{ key: MANIFEST_KEY, value: JSON.stringify(manifest) }],
    weights: options.weights?.splices ?? [],
    opsets: inlined.opsets,
  });
  return { segments, manifest };
}

/**
 * The manifest's entry on what can be taken back, of an edit of a file to which bytes were added
 * before.
 */
export function addedTo(edit: GraphEdit, before: Manifest['added']): Pick<Manifest, 'added'> {
  const now = addedBytes(edit);
  if (now === null || before === undefined) return {};
  return { added: { front: before.front + now.front, back: before.back + now.back } };
}

/** Number of classes, a name for it, or undefined for a network without logits. */
function classesOf({ logits }: RecordPlan): Dim | undefined {
  return 'shape' in logits ? logits.shape[1] : undefined;
}

/** The manifest's entry on the classifier's weights, where class activation maps are exact. */
function classWeightsOf(index: GraphIndex, { record }: TapPlan): Pick<Manifest, 'classWeights'> {
  const classWeights = findClassWeights(index, record);
  return classWeights === null ? {} : { classWeights };
}

/** The manifest's entry on files that hold weights, when there are some. */
export function weightFilesOf({ weights }: RecordedFacts): Pick<Manifest, 'weightFiles'> {
  return weights === undefined || weights.files.length === 0 ? {} : { weightFiles: weights.files };
}

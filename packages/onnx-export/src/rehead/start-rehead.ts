import {
  FeaturetapError,
  MANIFEST_VERSION,
  type FieldOutput,
  type Manifest,
} from '@featuretap/core/spec';
import { indexGraph } from '../graph/graph-index.js';
import { exposeFields, startExposures } from '../passes/expose-fields.js';
import { dequantizeValue } from '../passes/dequantize-value.js';
import { fieldSource, type DataTypes } from '../passes/field-value.js';
import { emptyEdit, type GraphEdit } from '../passes/graph-edit.js';
import { DATA_TYPE } from '../proto/fields.js';
import type { Model } from '../proto/model.js';
import { selectFields, type FieldSelection } from '../select-fields.js';
import { inferDataTypes } from '../shapes/infer-data-types.js';
import { sourceOf, TOOL, weightFilesOf, type RecordedFacts } from '../tap-model.js';
import { isFound, type TapPlan } from '../taps/plan.js';
import { statedPreprocess } from '../taps/stated-preprocess.js';
import type { HeadField } from './new-head.js';

/**
 * What else to record; which fields to expose when the file is not tapped yet.
 *
 * `labels` are those of a classifier that stays.
 */
export interface ReheadOptions extends FieldSelection, RecordedFacts {}

/** A model whose classifier is to be changed. */
export interface ReheadStart {
  /** What changes in the graph so far: the taps, when the file had none. */
  readonly edit: GraphEdit;
  /** What the file would hold with the classifier as it is, but with the planned logits. */
  readonly manifest: Manifest;
  /** The features that enter the classifier. */
  readonly pooled: HeadField;
  /** The old classifier's result, or null for a network that has none. */
  readonly logits: HeadField | null;
  /** `TensorProto.DataType` numbers by value. */
  readonly types: DataTypes;
}

/** An edit, and the manifest that describes what it makes. */
export type HeadChange = Pick<ReheadStart, 'edit' | 'manifest'>;

/** Reports a field without which there is no classifier to change. */
export function noField(name: string, reason: string): FeaturetapError {
  return new FeaturetapError(
    'TAP_NOT_FOUND',
    `Expected ${name} in the model, but ${reason}. Rehead the original export, or a file that was ` +
      'tapped with all fields.',
  );
}

/** A field as the graph has it; the output itself when the value is gone from the graph. */
function inGraph(edit: GraphEdit, { output, value, adapter, shape }: FieldOutput): HeadField {
  const { producerOf, inputs } = edit.index;
  const needed = [value, ...(adapter !== null && 'values' in adapter ? adapter.values : [])];
  const isInput = (name: string): boolean => inputs.some((input) => input.name === name);
  if (needed.every((name) => producerOf.has(name) || isInput(name))) {
    return { value, adapter, shape };
  }
  return { value: output, adapter: null, shape };
}

/**
 * The logits as numbers: where the graph quantises them, the value behind the DequantizeLinear.
 *
 * @throws FeaturetapError `MODEL_UNSUPPORTED` when they stay quantised
 */
function floatLogits(edit: GraphEdit, types: DataTypes, logits: HeadField): HeadField {
  const { value } = fieldSource(edit, types, logits, { dtype: null, reduce: null });
  const type = types.get(value);
  if (type !== DATA_TYPE.uint8 && type !== DATA_TYPE.int8) return { ...logits, value };
  const real = dequantizeValue({ edit, value }, 'head');
  if (real.edit.nodes.length === edit.nodes.length) return { ...logits, value: real.value };
  throw new FeaturetapError(
    'MODEL_UNSUPPORTED',
    'Expected logits that the model returns as floating-point numbers, but they stay quantised. Add ' +
      'the head beside the old one.',
  );
}

/** Whether all that a tapped file returns are features: then it has no classifier. */
function isHeadless({ graph }: Model, { record, extras = [] }: Manifest): boolean {
  const { stages, unpooled, pooled } = record;
  const fields = [...stages, ...(Array.isArray(unpooled) ? unpooled : [unpooled]), pooled];
  const known = new Set([
    ...fields.flatMap((field) => ('output' in field ? [field.output] : [])),
    ...extras.map(({ output }) => output),
  ]);
  return graph.outputs.every(({ name }) => known.has(name));
}

/**
 * Starts with a file that is tapped already.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` when it lacks pooled or logits, `OPTION_INVALID` when fields
 * are chosen
 */
export function startTapped(model: Model, manifest: Manifest, options: ReheadOptions): ReheadStart {
  if (options.fields !== undefined || options.stages !== undefined) {
    throw new FeaturetapError(
      'OPTION_INVALID',
      'Expected no choice of fields for a file that is tapped already: it keeps those it has. Choose ' +
        'them for the original export.',
    );
  }
  const edit = emptyEdit(indexGraph(model));
  const types = inferDataTypes(edit.index);
  const { pooled, logits } = manifest.record;
  if (!('output' in pooled)) throw noField('pooled', pooled.reason);
  if (!('output' in logits) && !isHeadless(model, manifest)) {
    throw noField('logits', logits.reason);
  }
  return {
    edit,
    manifest: {
      ...manifest,
      tool: TOOL,
      preprocess: options.preprocess ?? manifest.preprocess,
      labels: options.labels === undefined ? manifest.labels : [...options.labels],
      ...weightFilesOf(options),
    },
    pooled: inGraph(edit, pooled),
    logits: 'output' in logits ? floatLogits(edit, types, inGraph(edit, logits)) : null,
    types,
  };
}

/**
 * Starts with an original export: taps it too.
 *
 * @param planned - the fields as they will be, with the logits of the new classifier.
 * @throws FeaturetapError as `tapModel`
 */
export async function startUntapped(
  model: Model,
  plan: TapPlan,
  planned: TapPlan['record'],
  options: ReheadOptions,
): Promise<ReheadStart> {
  const { pooled, logits } = plan.record;
  if (!isFound(pooled)) throw noField('pooled', pooled.reason);
  const { exposures, record } = exposeFields(startExposures(model), selectFields(planned, options));
  return {
    edit: exposures.edit,
    manifest: {
      version: MANIFEST_VERSION,
      tool: TOOL,
      source: await sourceOf(model, options),
      ...weightFilesOf(options),
      architecture: plan.architecture,
      input: plan.input,
      preprocess: options.preprocess ?? statedPreprocess(model),
      labels: options.labels === undefined ? null : [...options.labels],
      record,
    },
    pooled,
    logits: isFound(logits) ? floatLogits(exposures.edit, exposures.types, logits) : null,
    types: exposures.types,
  };
}

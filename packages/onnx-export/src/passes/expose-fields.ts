import type { AbsentField, FieldOutput, Manifest } from '@featuretap/core/spec';
import { indexGraph } from '../graph/graph-index.js';
import { DATA_TYPE, isFloatType } from '../proto/fields.js';
import type { Model } from '../proto/model.js';
import type { Selection } from '../select-fields.js';
import { inferDataTypes } from '../shapes/infer-data-types.js';
import { isFound, type FieldPlan } from '../taps/plan.js';
import {
  fieldSource,
  fieldValue,
  type DataTypes,
  type FieldDtype,
  type FieldSource,
  type StageReduction,
} from './field-value.js';
import { emptyEdit, type GraphEdit } from './graph-edit.js';
import { promoteOutput } from './promote-output.js';
import { refuseUnreturnable } from './returnable-types.js';

/** An edit under construction, and the fields that are outputs already. */
export interface Exposures {
  /** The edit so far. */
  readonly edit: GraphEdit;
  /** Element types of the graph's values, as far as they are known. */
  readonly types: DataTypes;
  /** Element type of the network's features: of its float outputs, else of its inputs. */
  readonly dataType: number;
  /** Element type of all fields; null for each its own. */
  readonly dtype: FieldDtype | null;
  /** Output that holds a field, by what the field is made from as JSON. */
  readonly outputOf: ReadonlyMap<string, string>;
}

/** How fields leave the graph. */
export interface FieldForm {
  /**
   * Element type of the fields. Without it float16 values stay float16 and all others become
   * float32.
   */
  readonly dtype?: FieldDtype;
  /**
   * Reduces each stage over its positions inside the graph, to one number for each channel.
   *
   * @defaultValue 'none'
   */
  readonly reduce?: StageReduction | 'none';
}

function keyOf({ value, adapter, dtype, reduce }: FieldSource): string {
  return JSON.stringify([value, adapter, dtype, reduce]);
}

function featureType({ graph }: Model, types: DataTypes): number {
  const found = [...graph.outputs, ...graph.inputs].map(({ name }) => types.get(name) ?? 0);
  return found.find(isFloatType) ?? DATA_TYPE.float32;
}

/** Outputs that the graph has already, by the fields that they are. */
function declaredFields(model: Model, types: DataTypes): [string, string][] {
  return model.graph.outputs.flatMap(({ name }): [string, string][] => {
    const dtype = (['float32', 'float16'] as const).find((t) => DATA_TYPE[t] === types.get(name));
    if (dtype === undefined) return [];
    return [[keyOf({ value: name, adapter: null, dtype, reduce: null }), name]];
  });
}

/**
 * Nothing exposed yet.
 *
 * @throws FeaturetapError `MODEL_UNSUPPORTED` when onnxruntime-node cannot open the file because of
 * the type of an input or output, `MODEL_MALFORMED` as indexGraph
 */
export function startExposures(model: Model, { dtype }: Pick<FieldForm, 'dtype'> = {}): Exposures {
  const index = indexGraph(model);
  const types = inferDataTypes(index);
  refuseUnreturnable(model, types);
  return {
    edit: emptyEdit(index),
    types,
    dataType: featureType(model, types),
    dtype: dtype ?? null,
    outputOf: new Map(declaredFields(model, types)),
  };
}

/** The shape of a field, without positions when they are reduced. */
function reducedForm(
  { shape, layout }: Pick<FieldPlan, 'shape' | 'layout'>,
  reduce: StageReduction | null,
): Pick<FieldOutput, 'shape' | 'layout'> & Partial<Pick<FieldOutput, 'reduce'>> {
  return reduce === null ? { shape, layout } : { shape: shape.slice(0, 2), layout: 'NC', reduce };
}

/**
 * Exposes a field as an output; one that is an output already, or that another field shares, stays.
 *
 * @throws FeaturetapError `MODEL_UNSUPPORTED` when it is quantised and nothing tells its scale.
 */
export function exposeField(
  exposures: Exposures,
  plan: FieldPlan,
  name: string,
  reduce: StageReduction | null = null,
): { exposures: Exposures; output: FieldOutput } {
  const { edit, types, outputOf } = exposures;
  const { reduction, module, evidence } = plan;
  const source = fieldSource(edit, types, plan, { dtype: exposures.dtype, reduce });
  const { value, adapter, dtype } = source;
  const form = reducedForm(plan, reduce);
  const key = keyOf(source);
  let output = outputOf.get(key);
  let after = edit;
  if (output === undefined) {
    const made = fieldValue(edit, types, source, name);
    const request = { value: made.value, name, dataType: DATA_TYPE[dtype], shape: form.shape };
    ({ edit: after, name: output } = promoteOutput(made.edit, request));
  }
  return {
    exposures: { ...exposures, edit: after, outputOf: new Map(outputOf).set(key, output) },
    output: {
      output,
      value,
      adapter,
      dtype,
      ...form,
      ...(reduction === undefined ? {} : { reduction }),
      ...(module === undefined ? {} : { module }),
      evidence,
    },
  };
}

/** Exposes the selected fields and describes them as the manifest does. */
export function exposeFields(
  start: Exposures,
  selected: Selection,
  { reduce = 'none' }: Pick<FieldForm, 'reduce'> = {},
): { exposures: Exposures; record: Manifest['record'] } {
  let exposures = start;
  const stageReduction = reduce === 'none' ? null : reduce;
  const expose = (
    plan: FieldPlan,
    name: string,
    reduction: StageReduction | null = null,
  ): FieldOutput => {
    const exposed = exposeField(exposures, plan, name, reduction);
    exposures = exposed.exposures;
    return exposed.output;
  };
  const single = (field: FieldPlan | AbsentField, name: string): FieldOutput | AbsentField =>
    isFound(field) ? expose(field, name) : field;
  const stages = selected.stages.map(({ plan, index }, position) => ({
    ...expose(plan, `stages.${index}`, stageReduction),
    ...(index === position ? {} : { index }),
  }));
  const { unpooled } = selected;
  const record: Manifest['record'] = {
    stages,
    ...(selected.stagesReason === undefined ? {} : { stagesReason: selected.stagesReason }),
    unpooled: isList(unpooled)
      ? unpooled.map((branch, i) => expose(branch, `unpooled.${i}`))
      : single(unpooled, 'unpooled'),
    pooled: single(selected.pooled, 'pooled'),
    logits: single(selected.logits, 'logits'),
  };
  return { exposures, record };
}

function isList(unpooled: Selection['unpooled']): unpooled is readonly FieldPlan[] {
  return Array.isArray(unpooled);
}

import {
  FeaturetapError,
  type AbsentField,
  type FieldOutput,
  type Manifest,
} from '@featuretap/core/spec';
import { indexGraph } from '../graph/graph-index.js';
import { DATA_TYPE, isFloatType } from '../proto/fields.js';
import type { Model } from '../proto/model.js';
import type { Selection } from '../select-fields.js';
import { isFound, type FieldPlan } from '../taps/plan.js';
import { emptyEdit, type GraphEdit } from './graph-edit.js';
import { insertAdapter } from './insert-adapter.js';
import { promoteOutput } from './promote-output.js';
import { twinResidualAdd } from './twin-residual-add.js';

/** Element types of outputs that onnxruntime-node returns as numbers that a record can hold. */
const OUTPUT_DTYPES: ReadonlyMap<number, FieldOutput['dtype']> = new Map([
  [DATA_TYPE.float32, 'float32'],
  [DATA_TYPE.float16, 'float16'],
]);

/** An edit under construction, and the fields that are outputs already. */
export interface Exposures {
  /** The edit so far. */
  readonly edit: GraphEdit;
  /** `TensorProto.DataType` number of the network's features. */
  readonly dataType: number;
  /** Output that holds a value with its adapter, by both as JSON. */
  readonly outputOf: ReadonlyMap<string, string>;
}

/**
 * Element type of the network's features: that of its declared float outputs, or of its input where
 * the outputs are labels.
 */
function featureType(model: Model): number {
  const { inputs, outputs } = model.graph;
  const [declared] = [...outputs, ...inputs]
    .map(({ dataType }) => dataType)
    .filter((dataType) => isFloatType(dataType));
  const dataType = declared ?? DATA_TYPE.float32;
  if (OUTPUT_DTYPES.has(dataType)) return dataType;
  throw new FeaturetapError(
    'MODEL_UNSUPPORTED',
    `Expected float32 or float16 outputs, got data type ${dataType} of TensorProto.DataType. ` +
      'onnxruntime-node cannot return it; export the model in float32.',
  );
}

function keyOf(value: string, adapter: FieldPlan['adapter']): string {
  return JSON.stringify([value, adapter]);
}

/**
 * Nothing exposed yet.
 *
 * @throws FeaturetapError `MODEL_UNSUPPORTED` when the model's element type cannot be returned,
 * `MODEL_MALFORMED` as indexGraph
 */
export function startExposures(model: Model): Exposures {
  const outputOf = model.graph.outputs.map(({ name }) => [keyOf(name, null), name] as const);
  return {
    edit: emptyEdit(indexGraph(model)),
    dataType: featureType(model),
    outputOf: new Map(outputOf),
  };
}

function promote(
  { edit, dataType }: Exposures,
  { value, adapter, shape }: FieldPlan,
  name: string,
): { edit: GraphEdit; name: string } {
  const tap = twinResidualAdd(edit, value, name);
  const adapted = adapter === null ? tap : insertAdapter(tap.edit, tap.value, adapter, name);
  return promoteOutput(adapted.edit, { value: adapted.value, name, dataType, shape });
}

/** Exposes a field as an output; one that is an output already, or that another field shares, stays. */
export function exposeField(
  exposures: Exposures,
  plan: FieldPlan,
  name: string,
): { exposures: Exposures; output: FieldOutput } {
  const { value, adapter, shape, layout, reduction, module, evidence } = plan;
  const key = keyOf(value, adapter);
  const shared = exposures.outputOf.get(key);
  const made = shared === undefined ? promote(exposures, plan, name) : null;
  const output = made?.name ?? shared ?? name;
  return {
    exposures: {
      ...exposures,
      edit: made?.edit ?? exposures.edit,
      outputOf: new Map(exposures.outputOf).set(key, output),
    },
    output: {
      output,
      value,
      adapter,
      dtype: OUTPUT_DTYPES.get(exposures.dataType) ?? 'float32',
      shape,
      layout,
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
): { exposures: Exposures; record: Manifest['record'] } {
  let exposures = start;
  const expose = (plan: FieldPlan, name: string): FieldOutput => {
    const exposed = exposeField(exposures, plan, name);
    exposures = exposed.exposures;
    return exposed.output;
  };
  const single = (field: FieldPlan | AbsentField, name: string): FieldOutput | AbsentField =>
    isFound(field) ? expose(field, name) : field;
  const stages = selected.stages.map(({ plan, index }, position) => ({
    ...expose(plan, `stages.${index}`),
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

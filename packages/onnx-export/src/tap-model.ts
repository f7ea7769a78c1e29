import {
  FeaturetapError,
  MANIFEST_KEY,
  MANIFEST_VERSION,
  type AbsentField,
  type FieldOutput,
  type Manifest,
  type PreprocessSpec,
} from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { indexGraph } from './graph/graph-index.js';
import { emptyEdit, type GraphEdit } from './passes/graph-edit.js';
import { insertAdapter } from './passes/insert-adapter.js';
import { promoteOutput } from './passes/promote-output.js';
import { twinResidualAdd } from './passes/twin-residual-add.js';
import { DATA_TYPE, isFloatType } from './proto/fields.js';
import type { Model } from './proto/model.js';
import { inferShapes } from './shapes/symbolic-shapes.js';
import { selectFields, type FieldSelection } from './select-fields.js';
import { isFound, type FieldPlan, type TapPlan } from './taps/plan.js';
import { readManifest } from './taps/plan-from-manifest.js';
import { statedPreprocess } from './taps/stated-preprocess.js';
import { VERSION } from './version.js';
import { graphSha256 } from './write/graph-sha256.js';
import type { Segment } from './write/splice.js';
import { spliceModel } from './write/splice-model.js';

/** A value to expose under a name of the caller's choice. */
export interface NamedOutput {
  /** Name of the output. */
  readonly name: string;
  /** Name of the graph value. */
  readonly value: string;
}

/** What to expose and what to record beside it. */
export interface TapOptions extends FieldSelection {
  /** Further values to expose under names of the caller's choice; not part of the record. */
  readonly outputs?: readonly NamedOutput[];
  /** How images become the input; recorded in the manifest. */
  readonly preprocess?: PreprocessSpec;
  /** Class names in the order of the logits; recorded in the manifest. */
  readonly labels?: readonly string[];
  /** SHA-256 (hex) of the whole original file; recorded in the manifest. */
  readonly sha256?: string;
}

/** A tapped model, not written yet. */
export interface TappedModel {
  /** Pieces of the file, most of them ranges of the original. */
  readonly segments: readonly Segment[];
  /** What each output of the file is; embedded in it. */
  readonly manifest: Manifest;
}

/** Element types of outputs that onnxruntime-node returns as numbers that a record can hold. */
const OUTPUT_DTYPES: ReadonlyMap<number, FieldOutput['dtype']> = new Map([
  [DATA_TYPE.float32, 'float32'],
  [DATA_TYPE.float16, 'float16'],
]);

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

/** Carries the edit from field to field and reuses outputs that several fields share. */
class Exposer {
  edit: GraphEdit;
  readonly #dataType: number;
  readonly #existing: ReadonlySet<string>;
  readonly #exposed = new Map<string, string>();

  constructor(model: Model) {
    this.edit = emptyEdit(indexGraph(model));
    this.#dataType = featureType(model);
    this.#existing = new Set(model.graph.outputs.map(({ name }) => name));
  }

  /** Name of the output that holds a field. */
  field(plan: FieldPlan, name: string): FieldOutput {
    const key = JSON.stringify([plan.value, plan.adapter]);
    const shared =
      this.#exposed.get(key) ??
      (plan.adapter === null && this.#existing.has(plan.value) ? plan.value : undefined);
    const output = shared ?? this.#promote(plan, name);
    this.#exposed.set(key, output);
    const { value, adapter, shape, layout, reduction, module, evidence } = plan;
    return {
      output,
      value,
      adapter,
      dtype: OUTPUT_DTYPES.get(this.#dataType) ?? 'float32',
      shape,
      layout,
      ...(reduction === undefined ? {} : { reduction }),
      ...(module === undefined ? {} : { module }),
      evidence,
    };
  }

  #promote({ value, adapter, shape }: FieldPlan, name: string): string {
    const tap = twinResidualAdd(this.edit, value, name);
    const adapted = adapter === null ? tap : insertAdapter(tap.edit, tap.value, adapter, name);
    const dataType = this.#dataType;
    const result = promoteOutput(adapted.edit, { value: adapted.value, name, dataType, shape });
    this.edit = result.edit;
    return result.name;
  }

  /** Exposes a value that the caller named. */
  value(name: string, value: string, shape: FieldPlan['shape']): void {
    this.edit = promoteOutput(this.edit, { value, name, dataType: this.#dataType, shape }).edit;
  }
}

function exposeNamed(
  exposer: Exposer,
  outputs: NonNullable<TapOptions['outputs']>,
  inputName: string,
): void {
  if (outputs.length === 0) return;
  const { index } = exposer.edit;
  const { producerOf } = index;
  const shapes = inferShapes(index, inputName);
  for (const { name, value } of outputs) {
    const shape = shapes.shapeOf(value);
    if (producerOf.has(value) && shape !== undefined && shape.length > 0) {
      exposer.value(name, value, [...shape]);
      continue;
    }
    const similar = [...producerOf.keys()]
      .filter((known) => known.toLowerCase().includes(value.toLowerCase()))
      .slice(0, 10)
      .map((known) => printableName(known));
    throw new FeaturetapError(
      'TAP_NOT_FOUND',
      `Expected a tensor value of the graph named "${printableName(value)}", found ` +
        (similar.length > 0 ? `these: ${similar.join(', ')}.` : 'none like it.'),
    );
  }
}

/**
 * Exposes the fields of a plan as outputs of the graph and embeds the manifest.
 *
 * Nothing of the original changes: its outputs keep names, order and bits, its weights are copied
 * as ranges.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` for a field, stage or value that was named and is not
 * there; `MODEL_UNSUPPORTED` when the file is tapped already or its type cannot be returned.
 */
export async function tapModel(
  model: Model,
  plan: TapPlan,
  options: TapOptions = {},
): Promise<TappedModel> {
  if (readManifest(model) !== null) {
    throw new FeaturetapError(
      'MODEL_UNSUPPORTED',
      'Expected an original export, got a file that is tapped already. Tap the original again.',
    );
  }
  const selected = selectFields(plan.record, options);
  const exposer = new Exposer(model);
  const single = (field: FieldPlan | AbsentField, name: string): FieldOutput | AbsentField =>
    isFound(field) ? exposer.field(field, name) : field;
  const stages = selected.stages.map(({ plan: stage, index }, position) => ({
    ...exposer.field(stage, `stages.${index}`),
    ...(index === position ? {} : { index }),
  }));
  const { unpooled } = selected;
  const record: Manifest['record'] = {
    stages,
    ...(selected.stagesReason === undefined ? {} : { stagesReason: selected.stagesReason }),
    unpooled: isList(unpooled)
      ? unpooled.map((branch, i) => exposer.field(branch, `unpooled.${i}`))
      : single(unpooled, 'unpooled'),
    pooled: single(selected.pooled, 'pooled'),
    logits: single(selected.logits, 'logits'),
  };
  exposeNamed(exposer, options.outputs ?? [], plan.input.name);
  const manifest: Manifest = {
    version: MANIFEST_VERSION,
    tool: `@featuretap/onnx-export ${VERSION}`,
    source: {
      bytes: model.source.size,
      graphSha256: await graphSha256(model),
      ...(options.sha256 === undefined ? {} : { sha256: options.sha256 }),
    },
    architecture: plan.architecture,
    input: plan.input,
    preprocess: options.preprocess ?? statedPreprocess(model),
    labels: options.labels === undefined ? null : [...options.labels],
    record,
  };
  const entry = { key: MANIFEST_KEY, value: JSON.stringify(manifest) };
  return { segments: spliceModel(exposer.edit, entry), manifest };
}

function isList(
  unpooled: FieldPlan | AbsentField | readonly FieldPlan[],
): unpooled is readonly FieldPlan[] {
  return Array.isArray(unpooled);
}

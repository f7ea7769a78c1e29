import type { Adapter, FieldOutput } from '@featuretap/core/spec';
import { DATA_TYPE } from '../proto/fields.js';
import type { FieldPlan } from '../taps/plan.js';
import { appendNode, castValue, type EditedValue } from './append-node.js';
import { besideQuantization, dequantizeValue } from './dequantize-value.js';
import type { GraphEdit } from './graph-edit.js';
import { insertAdapter } from './insert-adapter.js';
import { twinResidualAdd } from './twin-residual-add.js';

/** How a map leaves the graph as one number for each channel: mean or maximum over positions. */
export type StageReduction = 'avg' | 'max';

/** Element types of fields. */
export type FieldDtype = FieldOutput['dtype'];

/** `TensorProto.DataType` numbers of value types, by value. */
export type DataTypes = ReadonlyMap<string, number>;

/** A field as it will be exposed, before any node is inserted. */
export interface FieldSource {
  /** Graph value: that of the plan, or the dequantised one behind it. */
  readonly value: string;
  /** The plan's adapter, its values replaced likewise. */
  readonly adapter: Adapter | null;
  /** Element type of the output. */
  readonly dtype: FieldDtype;
  /** Reduction over positions, or null. */
  readonly reduce: StageReduction | null;
}

const { float16, float32, int8, uint8 } = DATA_TYPE;

const POOLING = { avg: 'GlobalAveragePool', max: 'GlobalMaxPool' } as const;

/** Where a field is taken from and what type it gets: its own, float16 or float32, if not asked. */
export function fieldSource(
  { index }: GraphEdit,
  types: DataTypes,
  plan: Pick<FieldPlan, 'value' | 'adapter'>,
  asked: { readonly dtype: FieldDtype | null; readonly reduce: StageReduction | null },
): FieldSource {
  const beside = (name: string): string => besideQuantization(index, name);
  const value = beside(plan.value);
  const adapter =
    plan.adapter !== null && 'values' in plan.adapter
      ? { ...plan.adapter, values: plan.adapter.values.map(beside) }
      : plan.adapter;
  const isHalf = operandsOf({ value, adapter }).every((name) => types.get(name) === float16);
  const dtype = asked.dtype ?? (isHalf ? 'float16' : 'float32');
  return { value, adapter, dtype, reduce: asked.reduce };
}

/** The graph values that a field is made from. */
function operandsOf({ value, adapter }: Pick<FieldSource, 'value' | 'adapter'>): readonly string[] {
  return adapter !== null && 'values' in adapter ? adapter.values : [value];
}

/** A value as float16 or float32: dequantised, or cast where it is of another type or of none known. */
function asFloat(
  { edit, value }: EditedValue,
  type: number | undefined,
  types: DataTypes,
  keepsHalf: boolean,
  label: string,
): EditedValue {
  if (type === float32 || (type === float16 && keepsHalf)) return { edit, value };
  if (type !== uint8 && type !== int8) return castValue({ edit, value }, float32, label);
  const real = dequantizeValue({ edit, value }, label);
  const made = types.get(real.value);
  // A DequantizeLinear that was there may give another float type than float32.
  return made === undefined || made === float32 ? real : castValue(real, float32, label);
}

/**
 * Inserts the nodes that make a field's output from the graph's values: dequantisation or Cast,
 * adapter, reduction, Cast.
 *
 * @param label - name of the output that it is for.
 * @throws FeaturetapError `MODEL_UNSUPPORTED` as dequantizeValue
 */
export function fieldValue(
  edit: GraphEdit,
  types: DataTypes,
  { value, adapter, dtype, reduce }: FieldSource,
  label: string,
): EditedValue {
  const operands = operandsOf({ value, adapter });
  // What is widened is widened first, so that means are taken in float32; narrowing comes last.
  const isHalf = operands.every((name) => types.get(name) === float16);
  const keepsHalf = isHalf && dtype === 'float16';
  let current = edit;
  const values = operands.map((name) => {
    const own = { edit: current, value: name };
    const tap = operands.length > 1 ? own : twinResidualAdd(current, name, label);
    const real = asFloat(tap, types.get(name), types, keepsHalf, label);
    current = real.edit;
    return real.value;
  });
  let made: EditedValue = { edit: current, value: values[0] ?? value };
  if (adapter !== null) {
    const adapted = 'values' in adapter ? { ...adapter, values } : adapter;
    made = insertAdapter(made.edit, made.value, adapted, label);
  }
  if (reduce !== null) {
    made = appendNode(made.edit, label, { opType: POOLING[reduce], inputs: [made.value] });
    made = appendNode(made.edit, label, {
      opType: 'Flatten',
      inputs: [made.value],
      attributes: [{ name: 'axis', int: 1 }],
    });
  }
  return dtype === 'float16' && !keepsHalf ? castValue(made, float16, label) : made;
}

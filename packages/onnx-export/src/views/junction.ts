import type { FieldOutput } from '@featuretap/core/spec';
import { exposeField, type Exposures } from '../passes/expose-fields.js';
import { freeName, type GraphEdit, type NewNode } from '../passes/graph-edit.js';
import { int64Initializer } from '../passes/int64-initializer.js';
import { inferShapes } from '../shapes/symbolic-shapes.js';
import type { FieldPlan } from '../taps/plan.js';
import type { HeadInput } from './head-input.js';

/** Name of the value between backbone and head when it is no field. */
const RAW_NAME = 'head.input';

/** The value that goes from backbone to head. */
export interface Junction {
  /** The backbone's output, whose name is that of the head's input. */
  readonly output: FieldOutput;
  /** Whether it is the field of the record, or the graph's value behind it. */
  readonly isField: boolean;
}

/** Adapters that the head can undo, so that the field itself passes from backbone to head. */
function isUndone({ adapter }: FieldPlan): boolean {
  return adapter === null || adapter.kind === 'flatten';
}

/**
 * Exposes what the head takes: the field itself, or, where its adapter loses something, the graph's
 * value under a name of its own.
 */
export function exposeJunction(
  start: Exposures,
  { field, name }: HeadInput,
  image: string,
): { exposures: Exposures; junction: Junction } {
  if (isUndone(field)) {
    const { exposures, output } = exposeField(start, field, name);
    return { exposures, junction: { output, isField: true } };
  }
  const shape = inferShapes(start.edit.index, image).shapeOf(field.value) ?? field.shape;
  const raw: FieldPlan = { ...field, adapter: null, shape: [...shape] };
  const { exposures, output } = exposeField(start, raw, RAW_NAME);
  return { exposures, junction: { output, isField: false } };
}

/** Adds the nodes that turn the head's input back into the graph's value. */
export function undoJunction(
  edit: GraphEdit,
  field: FieldPlan,
  { output }: Junction,
  image: string,
): GraphEdit {
  if (output.output === field.value) return edit;
  const node = (opType: string, inputs: readonly string[]): NewNode => ({
    name: freeName(edit, `featuretap/head/${opType}`),
    opType,
    inputs,
    outputs: [field.value],
    attributes: [],
  });
  if (output.adapter === null) {
    return { ...edit, prologue: [node('Identity', [output.output])] };
  }
  // Flatten is undone: [N, D] becomes [N, D, 1, 1] or [N, 1, D] again; 0 keeps the batch.
  const shape = inferShapes(edit.index, image).shapeOf(field.value) ?? [];
  const sizes = shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : -1));
  const target = int64Initializer(freeName(edit, 'featuretap/head/shape'), [0, ...sizes]);
  return {
    ...edit,
    prologue: [node('Reshape', [output.output, target.name])],
    initializers: [...edit.initializers, target],
  };
}

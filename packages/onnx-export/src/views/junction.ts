import type { FieldOutput } from '@featuretap/core/spec';
import { exposeField, type Exposures } from '../passes/expose-fields.js';
import {
  freeName,
  type GraphEdit,
  type NewInitializer,
  type NewNode,
} from '../passes/graph-edit.js';
import { int64Initializer } from '../passes/int64-initializer.js';
import { inferShapes } from '../shapes/symbolic-shapes.js';
import type { FieldPlan } from '../taps/plan.js';
import type { HeadInput } from './head-input.js';
import { restoreTypes } from './restore-types.js';

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
  return adapter === null || adapter.kind === 'flatten' || adapter.kind === 'concat';
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

/** Opset from which Split takes its sizes as an input. */
const SPLIT_INPUTS_OPSET = 13;

interface Undoing {
  readonly nodes: readonly NewNode[];
  readonly initializers: readonly NewInitializer[];
}

/** Takes joined vectors apart again. */
function splitUp(
  edit: GraphEdit,
  from: string,
  values: readonly string[],
  sizes: number[],
): Undoing {
  const name = freeName(edit, 'featuretap/head/Split');
  const axis = { name: 'axis', int: 1 };
  const early = (edit.index.model.opsets.get('') ?? SPLIT_INPUTS_OPSET) < SPLIT_INPUTS_OPSET;
  const split = int64Initializer(freeName(edit, 'featuretap/head/split'), sizes);
  const node: NewNode = {
    name,
    opType: 'Split',
    inputs: early ? [from] : [from, split.name],
    outputs: values,
    attributes: early ? [axis, { name: 'split', ints: sizes }] : [axis],
  };
  return { nodes: [node], initializers: early ? [] : [split] };
}

function undoing(edit: GraphEdit, field: FieldPlan, from: string, image: string): Undoing {
  const { adapter, value } = field;
  const shapes = inferShapes(edit.index, image);
  const sizesOf = (name: string): number[] =>
    (shapes.shapeOf(name) ?? []).slice(1).map((dim) => (typeof dim === 'number' ? dim : -1));
  const node = (opType: string, inputs: readonly string[]): NewNode => ({
    name: freeName(edit, `featuretap/head/${opType}`),
    opType,
    inputs,
    outputs: [value],
    attributes: [],
  });
  if (adapter?.kind === 'concat') {
    return splitUp(
      edit,
      from,
      adapter.values,
      adapter.values.map((name) => sizesOf(name)[0] ?? -1),
    );
  }
  if (adapter === null) return { nodes: [node('Identity', [from])], initializers: [] };
  // Flatten is undone: [N, D] becomes [N, D, 1, 1] or [N, 1, D] again; 0 keeps the batch.
  const shape = int64Initializer(freeName(edit, 'featuretap/head/shape'), [0, ...sizesOf(value)]);
  return { nodes: [node('Reshape', [from, shape.name])], initializers: [shape] };
}

/** Adds the nodes that turn the head's input back into the graph's values. */
export function undoJunction(
  edit: GraphEdit,
  field: FieldPlan,
  { output, isField }: Junction,
  image: string,
): GraphEdit {
  if (output.output === field.value) return edit;
  const plan = isField ? field : { ...field, adapter: null };
  const { nodes, initializers } = undoing(edit, plan, output.output, image);
  return {
    ...edit,
    prologue: [...edit.prologue, ...restoreTypes(edit, nodes, output.dtype)],
    initializers: [...edit.initializers, ...initializers],
  };
}

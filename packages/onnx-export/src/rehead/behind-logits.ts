import { FeaturetapError, type Dim } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { usedValues, type GraphIndex } from '../graph/graph-index.js';
import type { Node } from '../proto/model.js';
import { elementCount, positiveAxis } from '../shapes/fact.js';

/** Shape of a value that depends on the logits, and which of its axes is that of the classes. */
export interface ClassAxis {
  /** Shape. */
  readonly shape: readonly Dim[];
  /** Axis of the classes, or null for a value in which they are gone. */
  readonly axis: number | null;
}

/** Operators on one value that work element by element or keep its shape. */
const UNARY = new Set(
  (
    'Abs Cast Ceil Clip Cos Dropout Elu Erf Exp Floor HardSigmoid HardSwish Hardmax Identity ' +
    'LeakyRelu Log LogSoftmax Neg Not Reciprocal Relu Round Selu Sigmoid Sign Sin Softmax ' +
    'Softplus Softsign Sqrt Tanh'
  ).split(' '),
);

/** Operators on several values that work element by element. */
const ELEMENTWISE = new Set(
  (
    'Add And Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mul Or PRelu Pow Sub ' +
    'Sum Where'
  ).split(' '),
);

/** Operators that put the number of the best class in place of the scores. */
const PICK = new Set(['ArgMax', 'ArgMin']);

/** The operands are the logits or one number. */
function elementwise(node: Node, of: ClassAxis, found: Found, index: GraphIndex): boolean {
  return usedValues(node).every((name) => {
    const other = found.get(name);
    if (other !== undefined)
      return other.axis === of.axis && other.shape.length === of.shape.length;
    const dims = index.constantOf.get(name)?.dims;
    return dims !== undefined && elementCount(dims) === 1 && dims.length <= of.shape.length;
  });
}

function flattened(node: Node, { shape, axis }: ClassAxis): ClassAxis | null {
  const from = positiveAxis(node.attributes.get('axis')?.int ?? 1, shape.length);
  const isRow = shape.every((dim, i) => i === 0 || i === axis || dim === 1);
  return from === 1 && isRow ? { shape: [shape[0] ?? 1, shape[axis ?? 1] ?? 1], axis: 1 } : null;
}

function squeezed(node: Node, of: ClassAxis, index: GraphIndex): ClassAxis | null {
  const { shape, axis } = of;
  const listed =
    node.attributes.get('axes')?.ints ?? index.constantOf.get(node.inputs[1] ?? '')?.values;
  const isSaid = node.attributes.has('axes') || (node.inputs[1] ?? '') !== '';
  if (isSaid && listed === undefined) return null;
  const axes = listed?.map((item) => positiveAxis(item, shape.length));
  // Without axes every axis of size 1 goes, and that of one class would be among them.
  const gone = axes ?? shape.flatMap((dim, i) => (dim === 1 ? [i] : []));
  if (axis === null || gone.includes(axis)) return null;
  return {
    shape: shape.filter((_, i) => !gone.includes(i)),
    axis: axis - gone.filter((item) => item < axis).length,
  };
}

function picked(node: Node, { shape, axis }: ClassAxis): ClassAxis | null {
  const over = positiveAxis(node.attributes.get('axis')?.int ?? 0, shape.length);
  return over === axis ? { shape: shape.filter((_, i) => i !== over), axis: null } : null;
}

type Found = ReadonlyMap<string, ClassAxis>;

/** What a node makes of the logits; null when that depends on the number of classes. */
function follow(node: Node, of: ClassAxis, found: Found, index: GraphIndex): ClassAxis | null {
  const { opType, domain } = node;
  if (domain !== '' || node.captures.some((name) => found.has(name))) return null;
  if (UNARY.has(opType)) return found.has(node.inputs[0] ?? '') ? of : null;
  if (ELEMENTWISE.has(opType)) return elementwise(node, of, found, index) ? of : null;
  if (opType === 'Flatten') return flattened(node, of);
  if (opType === 'Squeeze') return squeezed(node, of, index);
  return PICK.has(opType) ? picked(node, of) : null;
}

/**
 * The values that depend on the logits, these included, with the axis of the classes.
 *
 * @param shape - shape of the logits with the new number of classes.
 * @throws FeaturetapError `MODEL_UNSUPPORTED` when an operator behind the logits depends on how many
 * classes there are
 */
export function valuesBehind(
  index: GraphIndex,
  logits: string,
  shape: readonly Dim[],
  axis: number,
): Found {
  const found = new Map<string, ClassAxis>([[logits, { shape, axis }]]);
  for (const node of index.nodes) {
    const of = usedValues(node)
      .map((name) => found.get(name))
      .find((value) => value !== undefined && value.axis !== null);
    if (of === undefined) continue;
    const made = follow(node, of, found, index);
    if (made === null) throw refuse(node);
    for (const name of node.outputs) if (name !== '') found.set(name, made);
  }
  return found;
}

function refuse({ opType, name }: Node): FeaturetapError {
  return new FeaturetapError(
    'MODEL_UNSUPPORTED',
    'Expected only activations, softmax and the like behind the logits, found the operator ' +
      `${printableName(opType)} (node "${printableName(name)}"), which may depend on the number of ` +
      'classes. Add the head beside the old one, or cut the graph at the logits first: featuretap ' +
      'prune MODEL --to …',
  );
}

/** The values that depend on some value, that one included. */
export function dependentsOf(index: GraphIndex, value: string): ReadonlySet<string> {
  const found = new Set([value]);
  for (const node of index.nodes) {
    if (!usedValues(node).some((name) => found.has(name))) continue;
    for (const name of node.outputs) if (name !== '') found.add(name);
  }
  return found;
}

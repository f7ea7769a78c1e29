import { FeaturetapError, type Dim } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { GraphIndex } from '../graph/graph-index.js';
import type { DataTypes } from '../passes/field-value.js';
import type { GraphEdit, NewNode } from '../passes/graph-edit.js';
import { DATA_TYPE } from '../proto/fields.js';
import type { FieldRange, Node } from '../proto/model.js';
import { inferShapes } from '../shapes/symbolic-shapes.js';
import { encodeAll, encodeNode } from '../write/encode-edit.js';
import { appendHead } from './append-head.js';
import { valuesBehind, type ClassAxis } from './behind-logits.js';
import { declareSize } from './declare-classes.js';
import type { HeadField, NewHead } from './new-head.js';
import { pruneHead } from './prune-head.js';

/** A classifier to replace. */
export interface ReplaceRequest {
  /** The features that enter it. */
  readonly pooled: HeadField;
  /** What it makes. */
  readonly logits: HeadField;
  /** What takes its place. */
  readonly head: NewHead;
  /** Number of classes of the new one. */
  readonly classes: number;
  /** Element types by value. */
  readonly types: DataTypes;
  /** Name of the image input. */
  readonly image: string;
}

/** A model with another classifier. */
export interface ReplacedHead {
  /** The edit. */
  readonly edit: GraphEdit;
  /** The values that depend on the logits, with their new shapes. */
  readonly behind: ReadonlyMap<string, ClassAxis>;
}

/** Shape of the graph's value for the logits with the new number of classes. */
function newShape(index: GraphIndex, request: ReplaceRequest): ClassAxis & { axis: number } {
  const { logits, classes, image } = request;
  const [batch = 'batch', old] = logits.shape;
  if (logits.adapter === null) return { shape: [batch, classes], axis: 1 };
  const shape = inferShapes(index, image).shapeOf(logits.value);
  const axis = shape?.findIndex((dim, i) => i > 0 && dim === old) ?? -1;
  if (shape === undefined || axis === -1) {
    throw new FeaturetapError(
      'MODEL_UNSUPPORTED',
      `Expected to know the shape of the logits, "${printableName(logits.value)}", but it cannot be ` +
        'inferred. Add the head beside the old one.',
    );
  }
  return { shape: shape.map((dim, i): Dim => (i === axis ? classes : dim)), axis };
}

function refuseProducer(index: GraphIndex, logits: string): Node {
  const producer = index.producerOf.get(logits);
  const others = producer?.outputs.filter((name) => name !== '' && name !== logits) ?? [];
  const declared = new Set(index.model.graph.outputs.map(({ name }) => name));
  const used = others.find((name) => index.consumersOf.has(name) || declared.has(name));
  if (producer !== undefined && used === undefined) return producer;
  throw new FeaturetapError(
    'MODEL_UNSUPPORTED',
    `Expected a node that makes the logits "${printableName(logits)}" and nothing else, found ` +
      (used === undefined ? 'none' : `one that also makes "${printableName(used)}"`) +
      '. Rehead the original export, or add the head beside the old one.',
  );
}

/** Declared values behind the logits: outputs get the new size, other declarations go. */
async function redeclare(
  edit: GraphEdit,
  behind: ReadonlyMap<string, ClassAxis>,
): Promise<GraphEdit> {
  const { model } = edit.index;
  const replaced = new Map(edit.replaced);
  const removed = new Set(edit.removed);
  for (const output of model.graph.outputs) {
    const { axis, shape } = behind.get(output.name) ?? { axis: null, shape: [] };
    if (axis === null || removed.has(output.at)) continue;
    const size = shape[axis];
    if (output.shape?.length !== shape.length || typeof size !== 'number') continue;
    if (typeof output.shape[axis] === 'number') {
      replaced.set(output.at, await declareSize(model, output, axis, size));
    }
  }
  for (const { name, at } of model.graph.valueInfos) {
    if ((behind.get(name)?.axis ?? null) !== null) removed.add(at);
  }
  return { ...edit, replaced, removed };
}

/** Whether nodes that take these values may stand in the place of another node. */
function refuseDisorder(
  { nodes, model, producerOf }: GraphIndex,
  made: readonly NewNode[],
  place: Node,
) {
  // A file whose nodes were in no order stays one.
  if (nodes !== model.graph.nodes) return;
  for (const name of made.flatMap(({ inputs }) => inputs)) {
    const producer = producerOf.get(name);
    if (producer === undefined || producer.at.start < place.at.start) continue;
    throw new FeaturetapError(
      'MODEL_UNSUPPORTED',
      `Expected "${printableName(name)}", from which the classes are to be computed, in front of ` +
        'the old classifier, but it is made behind it. Rehead the original export.',
    );
  }
}

/** Puts the new nodes where the old classifier was, in front of those that use the logits. */
function place(edit: GraphEdit, made: readonly NewNode[], producer: Node): GraphEdit {
  const isMade = new Set(made);
  refuseDisorder(edit.index, made, producer);
  const removed = new Set<FieldRange>([...edit.removed].filter((at) => at !== producer.at));
  const replaced = new Map(edit.replaced).set(producer.at, encodeAll(made, encodeNode));
  return { ...edit, removed, replaced, nodes: edit.nodes.filter((node) => !isMade.has(node)) };
}

/**
 * Computes the logits by a new classifier, under the name of the old value, so that what follows
 * (softmax, outputs) goes on to work; what only the old classifier needed is left out.
 *
 * @throws FeaturetapError `MODEL_UNSUPPORTED` when something behind the logits depends on the number
 * of classes, or the graph has no place for the new nodes.
 */
export async function replaceHead(edit: GraphEdit, request: ReplaceRequest): Promise<ReplacedHead> {
  const { pooled, logits, head, types } = request;
  const { index } = edit;
  const { shape, axis } = newShape(index, request);
  const producer = refuseProducer(index, logits.value);
  const behind = valuesBehind(index, logits.value, shape, axis);
  const resultType = types.get(logits.value);
  const { edit: appended } = appendHead(edit, {
    pooled,
    head,
    types,
    // Other types than float16 are computed in float32.
    dtype:
      resultType === undefined ? null : resultType === DATA_TYPE.float16 ? 'float16' : 'float32',
    ...(resultType === undefined ? {} : { resultType }),
    label: 'head',
    output: logits.value,
    ...(logits.adapter === null ? {} : { reshape: shape.slice(1).map(Number) }),
  });
  const made = appended.nodes.slice(edit.nodes.length);
  const pruned = pruneHead({ ...appended, nodes: [...made, ...edit.nodes] });
  const isUsed = (index.consumersOf.get(logits.value) ?? []).length > 0;
  const placed = isUsed ? place(pruned, made, producer) : pruned;
  return { edit: await redeclare(placed, behind), behind };
}

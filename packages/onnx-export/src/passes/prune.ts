import { FeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { usedValues } from '../graph/graph-index.js';
import type { FieldRange, Node } from '../proto/model.js';
import type { GraphEdit, NewNode } from './graph-edit.js';

/** What a pruned graph takes and returns, beyond what the edit adds. */
export interface PruneRequest {
  /** Declared outputs of the original that stay; all by default. */
  readonly keepOutputs?: ReadonlySet<string>;
  /** Values that are given from outside: what makes them is not needed. */
  readonly given?: ReadonlySet<string>;
}

interface Reached {
  /** Values that are needed. */
  readonly values: ReadonlySet<string>;
  /** Nodes of the original that are needed. */
  readonly nodes: ReadonlySet<Node>;
}

/** Walks back from the outputs, also into what If, Loop and Scan bodies capture. */
function reach(edit: GraphEdit, outputs: readonly string[], given: ReadonlySet<string>): Reached {
  const { index, removed, replaced } = edit;
  const added = new Map<string, NewNode>();
  for (const node of [...edit.prologue, ...edit.nodes]) {
    for (const name of node.outputs) added.set(name, node);
  }
  const parametersOf = new Map<string, readonly string[]>();
  for (const { tensor, parameters } of index.model.graph.annotations) {
    parametersOf.set(tensor, parameters);
  }
  const values = new Set<string>();
  const nodes = new Set<Node>();
  const open = [...outputs];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (values.has(name)) continue;
    values.add(name);
    open.push(...(parametersOf.get(name) ?? []));
    const own = added.get(name);
    if (own !== undefined) {
      open.push(...own.inputs.filter((input) => input !== ''));
      continue;
    }
    const node = given.has(name) ? undefined : index.producerOf.get(name);
    if (node === undefined || removed.has(node.at) || nodes.has(node)) continue;
    nodes.add(node);
    // What a rewritten node takes is not known here: keep what it took.
    for (const used of usedValues(node)) open.push(used);
    if (replaced.has(node.at)) for (const output of node.outputs) values.add(output);
  }
  return { values, nodes };
}

/** A value cannot come from outside while a node that stays makes it too. */
function refuseMadeTwice(edit: GraphEdit, nodes: ReadonlySet<Node>, name: string): void {
  const producer = edit.index.producerOf.get(name);
  if (producer === undefined || !nodes.has(producer)) return;
  throw new FeaturetapError(
    'MODEL_UNSUPPORTED',
    `Expected to cut the graph at "${printableName(name)}", but the node that makes it also makes ` +
      'other values that are needed. Cut at all of them, or at another value.',
  );
}

/**
 * Leaves out what the outputs do not need: nodes, weights, declarations and inputs.
 *
 * Reachability follows values that If, Loop and Scan bodies capture. Model-local functions stay; see
 * `dropFunctions`.
 */
export function prune(edit: GraphEdit, { keepOutputs, given }: PruneRequest = {}): GraphEdit {
  const { model } = edit.index;
  const { graph } = model;
  const kept = graph.outputs.filter(
    ({ name, at }) => (keepOutputs?.has(name) ?? true) && !edit.removed.has(at),
  );
  const outputs = [...kept, ...edit.outputs].map(({ name }) => name);
  const { values, nodes } = reach(edit, outputs, given ?? new Set());
  const inputs = new Set(edit.inputs.map(({ name }) => name));
  const made = new Set([...edit.prologue, ...edit.nodes].flatMap((node) => node.outputs));
  for (const name of given ?? []) refuseMadeTwice(edit, nodes, name);
  const removed = new Set<FieldRange>(edit.removed);
  const leaveOut = <T extends { readonly at: FieldRange }>(
    items: readonly T[],
    stays: (item: T) => boolean,
  ): void => {
    for (const item of items) if (!stays(item)) removed.add(item.at);
  };
  const produced = new Set([...nodes].flatMap((node) => node.outputs));
  leaveOut(graph.nodes, (node) => nodes.has(node));
  leaveOut(graph.initializers, ({ name }) => values.has(name));
  leaveOut(graph.sparseInitializers, ({ name }) => values.has(name));
  leaveOut(graph.annotations, ({ tensor }) => values.has(tensor) && !given?.has(tensor));
  leaveOut(graph.outputs, (output) => kept.includes(output));
  leaveOut(graph.inputs, ({ name }) => values.has(name) && !made.has(name) && !inputs.has(name));
  // Declarations of values inside functions belong to no node of the graph.
  leaveOut(
    graph.valueInfos,
    ({ name }) => !inputs.has(name) && (produced.has(name) || !edit.index.producerOf.has(name)),
  );
  const live = (node: NewNode): boolean => node.outputs.some((name) => values.has(name));
  return {
    ...edit,
    prologue: edit.prologue.filter(live),
    nodes: edit.nodes.filter(live),
    initializers: edit.initializers.filter(({ name }) => values.has(name)),
    removed,
    replaced: new Map([...edit.replaced].filter(([at]) => !removed.has(at))),
  };
}

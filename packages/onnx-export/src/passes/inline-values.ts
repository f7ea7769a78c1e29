import { fieldCursor, walkFields } from '@featuretap/core/wire';
import { indexGraph, usedValues } from '../graph/graph-index.js';
import type { FieldRange, Model, Node } from '../proto/model.js';
import { parseNode } from '../proto/parse-node.js';
import { readFunctions } from '../proto/read-functions.js';
import type { NamedOutput } from './expose-values.js';
import { inlinePaths } from './inline-path.js';

/** A model in which the calls around some values are replaced by what they do. */
export interface InlinedValues {
  /** The model; nodes that stand for a call have the call's place in the file. */
  readonly model: Model;
  /** The values by their names in the main graph. */
  readonly outputs: readonly NamedOutput[];
  /** Fields of the graph to write anew, encoded. */
  readonly replaced: ReadonlyMap<FieldRange, Uint8Array>;
  /** Operator sets that the model must import besides its own, versions by domain. */
  readonly opsets: ReadonlyMap<string, number>;
}

function namesIn(model: Model): Set<string> {
  const { producerOf, constantOf, inputs, declarationOf } = indexGraph(model);
  return new Set([
    ...producerOf.keys(),
    ...constantOf.keys(),
    ...declarationOf.keys(),
    ...inputs.map(({ name }) => name),
    ...model.graph.nodes.flatMap(usedValues),
  ]);
}

/** The nodes that stand in the place of a call. */
function nodesIn(bytes: Uint8Array, at: FieldRange): Node[] {
  const cursor = { bytes, at: 0, base: 0 };
  return Array.from(walkFields(cursor), (field) => ({
    ...parseNode(fieldCursor(cursor, field)),
    at,
  }));
}

/**
 * Makes values inside calls of model-local functions values of the main graph, which alone can be
 * outputs: the calls around them are replaced by what they do. Without such values nothing changes.
 *
 * @param outputs - values by name, or by address `CALL/…/value`.
 * @throws FeaturetapError as `inlinePaths`
 */
export async function inlineValues(
  model: Model,
  outputs: readonly NamedOutput[],
): Promise<InlinedValues> {
  const unchanged = { model, outputs, replaced: new Map(), opsets: new Map() };
  if (model.functions.length === 0 || outputs.length === 0) return unchanged;
  const names = namesIn(model);
  const addresses = outputs.map(({ value }) => value).filter((value) => !names.has(value));
  if (addresses.length === 0) return unchanged;
  const functions = await readFunctions(model.source, model.functions);
  const isTaken = (name: string): boolean => names.has(name);
  const inlined = await inlinePaths(model, functions, addresses, { isTaken });
  const { replaced, values, missingOpsets: opsets } = inlined;
  const nodes = model.graph.nodes.flatMap((node) => {
    const bytes = replaced.get(node.at);
    return bytes === undefined ? [node] : nodesIn(bytes, node.at);
  });
  return {
    model: { ...model, graph: { ...model.graph, nodes } },
    outputs: outputs.map(({ name, value }) => ({ name, value: values.get(value) ?? value })),
    replaced,
    opsets,
  };
}

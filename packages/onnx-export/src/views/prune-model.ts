import { FeaturetapError, MANIFEST_KEY } from '@featuretap/core/spec';
import { printableName, printableNames } from '@featuretap/core/wire';
import { checkOptions } from '../check-options.js';
import { indexGraph, type GraphIndex } from '../graph/graph-index.js';
import { unknownValue } from '../graph/unknown-value.js';
import { emptyEdit, type NewValueInfo } from '../passes/graph-edit.js';
import { dropFunctions } from '../passes/drop-functions.js';
import { prune } from '../passes/prune.js';
import type { Model } from '../proto/model.js';
import { inferDataTypes } from '../shapes/infer-data-types.js';
import { inferShapes } from '../shapes/symbolic-shapes.js';
import type { WeightsPlan } from '../tap-model.js';
import type { Segment } from '../write/segments.js';
import { spliceModel } from '../write/splice-model.js';

/** Between which values to keep the graph. */
export interface PruneOptions {
  /** Values that become the inputs; the graph's own inputs by default. */
  readonly from?: readonly string[];
  /** Values that become the outputs; the graph's own outputs by default. */
  readonly to?: readonly string[];
  /** Where the weights are; inside the file by default. */
  readonly weights?: WeightsPlan;
}

/** A pruned model, not written yet. */
export interface PrunedModel {
  /** Pieces of the file. */
  readonly segments: readonly Segment[];
  /** Names of its inputs. */
  readonly inputs: readonly string[];
  /** Names of its outputs. */
  readonly outputs: readonly string[];
  /** Nodes that stay. */
  readonly nodes: number;
}

function refuseUnknown(index: GraphIndex, names: readonly string[]): void {
  const inputs = new Set(index.inputs.map(({ name }) => name));
  for (const name of names) {
    if (index.producerOf.has(name) || inputs.has(name)) continue;
    throw unknownValue(name, index.producerOf.keys());
  }
}

/**
 * Keeps what is between some values and others: from any to any.
 *
 * Weights, declarations, annotations and inputs that nothing needs any more are left out. Values
 * that If, Loop and Scan bodies use from outside count as needed.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` for a value that does not exist; `MODEL_UNSUPPORTED` when
 * the outputs need a graph input that the cut was to replace, or the type of a new input is unknown;
 * `OPTION_INVALID` for an option that does not exist or does not fit.
 */
export async function pruneModel(model: Model, options: PruneOptions = {}): Promise<PrunedModel> {
  checkOptions(options, 'pruneModel');
  const index = indexGraph(model);
  const from = [...new Set(options.from ?? [])];
  const to = [...new Set(options.to ?? model.graph.outputs.map(({ name }) => name))];
  refuseUnknown(index, [...from, ...to]);
  const declare = describer(index);
  const existing = new Set(model.graph.outputs.map(({ name }) => name));
  const graphInputs = new Set(index.inputs.map(({ name }) => name));
  const cut = from.filter((name) => !graphInputs.has(name));
  const asked = {
    ...emptyEdit(index),
    inputs: cut.map((name) => typed(declare(name))),
    outputs: to.filter((name) => !existing.has(name)).map(declare),
  };
  const pruned = await dropFunctions(
    prune(asked, { keepOutputs: new Set(to), given: new Set(cut) }),
  );
  const stays = ({ at }: { at: Model['graph']['at'] }): boolean => !pruned.removed.has(at);
  const left = model.graph.inputs
    .filter((input) => stays(input) && graphInputs.has(input.name))
    .map(({ name }) => name);
  if (options.from !== undefined) refuseLeftInputs(left, new Set(from));
  // What the manifest says holds no longer.
  const segments = spliceModel(pruned, {
    metadata: [{ key: MANIFEST_KEY }],
    weights: options.weights?.splices ?? [],
  });
  return {
    segments,
    inputs: [...left, ...cut],
    outputs: [...model.graph.outputs.filter(stays), ...pruned.outputs].map(({ name }) => name),
    nodes: model.graph.nodes.filter(stays).length,
  };
}

/** Type and shape of values, declared or inferred. */
function describer(index: GraphIndex): (name: string) => NewValueInfo {
  const types = inferDataTypes(index);
  const image = index.inputs.find(({ shape }) => shape?.length === 4) ?? index.inputs[0];
  const shapes = inferShapes(index, image?.name ?? '');
  return (name) => {
    const declared = index.declarationOf.get(name)?.shape ?? undefined;
    const shape = shapes.shapeOf(name) ?? declared?.map((dim, axis) => dim ?? `dim_${axis}`);
    const dataType = types.get(name);
    return {
      name,
      ...(dataType === undefined ? {} : { dataType }),
      ...(shape === undefined ? {} : { shape }),
    };
  };
}

/** An input must state its type. */
function typed(info: NewValueInfo): NewValueInfo {
  if (info.dataType !== undefined) return info;
  throw new FeaturetapError(
    'MODEL_UNSUPPORTED',
    `Expected to know the element type of "${printableName(info.name)}", which is to become an ` +
      'input, but neither the file nor its operators say it. Cut at another value.',
  );
}

function refuseLeftInputs(left: readonly string[], from: ReadonlySet<string>): void {
  const more = left.filter((name) => !from.has(name));
  if (more.length === 0) return;
  throw new FeaturetapError(
    'MODEL_UNSUPPORTED',
    `Expected outputs that need nothing but the values given, but they also need the input ` +
      `${printableNames(more)}. Add it to --from, or cut at ` +
      'values that all ways to the outputs pass.',
  );
}

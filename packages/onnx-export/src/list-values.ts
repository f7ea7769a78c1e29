import type { DType, Dim } from '@featuretap/core/spec';
import { indexGraph, type GraphIndex } from './graph/graph-index.js';
import { listCallValues } from './graph/list-call-values.js';
import { matchValues } from './graph/match-values.js';
import { dtypeOf } from './passes/returnable-types.js';
import { readFunctions } from './proto/read-functions.js';
import type { Model } from './proto/model.js';
import { inferDataTypes } from './shapes/infer-data-types.js';
import { inferShapes } from './shapes/symbolic-shapes.js';

/** A value of a graph. */
export interface GraphValue {
  /** Name; for a value inside a call of a model-local function, its address `CALL/…/value`. */
  readonly name: string;
  /** Operator that makes it; empty for a value inside a call. */
  readonly operator: string;
  /** Element type, or null when it cannot be told. */
  readonly dtype: DType | null;
  /** Shape, or null when it cannot be told. */
  readonly shape: readonly Dim[] | null;
}

/** Addresses of values inside calls that are looked through; functions in functions can have more. */
const MAX_CALL_VALUES = 100_000;

/** Name of the image input, or of the first input: what shapes start from. */
function inputName({ inputs }: GraphIndex): string {
  return (inputs.find(({ shape }) => shape?.length === 4) ?? inputs[0])?.name ?? '';
}

async function callValues(model: Model): Promise<string[]> {
  if (model.functions.length === 0) return [];
  const functions = await readFunctions(model.source, model.functions);
  const names: string[] = [];
  for await (const name of listCallValues(model, functions)) {
    if (names.push(name) >= MAX_CALL_VALUES) break;
  }
  return names;
}

/**
 * Lists the values of a graph whose names match a pattern, in the order in which they are computed;
 * values inside calls of model-local functions come last.
 *
 * @param pattern - `*` stands for any characters, also none, `?` for one.
 * @throws FeaturetapError `OPTION_INVALID` for a pattern that is too long, `MODEL_MALFORMED`
 */
export async function listValues(model: Model, pattern: string): Promise<GraphValue[]> {
  const index = indexGraph(model);
  const operators = new Map<string, string>();
  for (const node of index.nodes) {
    for (const name of node.outputs) if (name !== '') operators.set(name, node.opType);
  }
  const types = inferDataTypes(index);
  const { shapeOf } = inferShapes(index, inputName(index));
  const names = [...index.inputs.map(({ name }) => name), ...operators.keys()];
  const inCalls = await callValues(model);
  return matchValues([...names, ...inCalls], pattern).map((name) => {
    const type = types.get(name);
    return {
      name,
      operator: operators.get(name) ?? '',
      dtype: (type === undefined ? undefined : dtypeOf(type)) ?? null,
      shape: shapeOf(name) ?? null,
    };
  });
}

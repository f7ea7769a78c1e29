import { FeaturetapError } from '@featuretap/core/spec';
import { MAX_MODULE_DEPTH } from '../limits.js';
import { functionKey, type LocalFunction } from '../proto/local-function.js';
import type { Model } from '../proto/model.js';
import { readCall, type CallNode } from '../proto/read-call.js';
import { indexBody, mainCallSites, readCallBytes, type BodyIndex } from './call-sites.js';
import { recursionCheck, type LocalFunctions } from './called-functions.js';

type Ends = Pick<CallNode, 'inputs' | 'outputs'>;

/** Values of a body, as far as they have no name outside it. */
interface Inside {
  readonly body: BodyIndex;
  /** Values that are neither inputs nor outputs. */
  readonly values: readonly string[];
  /** Whether there is a value to list in the body, or in a call in it. */
  readonly hasAny: boolean;
}

/** Outputs of a function that a call does not take. */
function untaken(fn: LocalFunction, { outputs }: Ends): string[] {
  return fn.outputs.filter((name, i) => (outputs[i] ?? '') === '' && !fn.inputs.includes(name));
}

function insides(functions: LocalFunctions): (fn: LocalFunction, depth: number) => Inside {
  const refuseRecursion = recursionCheck(functions);
  const known = new Map<LocalFunction, Inside>();
  const inside = (fn: LocalFunction, depth: number): Inside => {
    if (depth > MAX_MODULE_DEPTH) {
      throw new FeaturetapError(
        'MODEL_LIMIT',
        `Expected model-local functions nested at most ${MAX_MODULE_DEPTH} deep, found more.`,
      );
    }
    const found = known.get(fn);
    if (found !== undefined) return found;
    refuseRecursion(fn);
    const body = indexBody(fn, functions);
    const ends = new Set([...fn.inputs, ...fn.outputs]);
    const values = [...body.values].filter((name) => !ends.has(name));
    let hasAny = values.length > 0;
    for (const { node } of body.calls) {
      const inner = inside(node.fn, depth + 1);
      hasAny ||= inner.hasAny || untaken(node.fn, node).length > 0;
    }
    const result = { body, values, hasAny };
    known.set(fn, result);
    return result;
  };
  return inside;
}

/**
 * Addresses of the values inside the main graph's calls of functions, one call after the other:
 * those of a body in order, then those of the calls in it.
 *
 * Functions that call functions can have more values than anyone can list, so they come one by one
 * and the caller stops when it has enough. What a call gives and gets is left out: it has a name
 * outside the call. An address that can be read in two ways comes twice.
 *
 * @throws FeaturetapError `MODEL_MALFORMED` for recursive functions, `MODEL_TRUNCATED` or
 * `MODEL_LIMIT`
 */
export async function* listCallValues(
  model: Pick<Model, 'source'> & { readonly graph: Pick<Model['graph'], 'nodes'> },
  functions: LocalFunctions,
): AsyncGenerator<string, void, void> {
  const inside = insides(functions);
  function* list(
    fn: LocalFunction,
    call: Ends,
    prefix: string,
    depth: number,
  ): Generator<string, void, void> {
    const { body, values, hasAny } = inside(fn, depth);
    for (const value of values) yield `${prefix}${value}`;
    for (const value of untaken(fn, call)) yield `${prefix}${value}`;
    // Calls that lead to nothing are not entered: there can be exponentially many.
    if (!hasAny) return;
    for (const { label, node } of body.calls) {
      if (label !== '') yield* list(node.fn, node, `${prefix}${label}/`, depth + 1);
    }
  }
  for (const { label, node } of mainCallSites(model.graph.nodes, functions)) {
    if (label === '') continue;
    const call = readCall(await readCallBytes(model.source, node));
    const fn = functions.get(functionKey(call.callee));
    if (fn !== undefined) yield* list(fn, call, `${label}/`, 1);
  }
}

import type { Model } from '../proto/model.js';
import { functionKey, type LocalFunction } from '../proto/local-function.js';
import { readCall, type CallNode } from '../proto/read-call.js';
import { MAX_MODULE_DEPTH } from '../limits.js';
import { indexBody, mainCallSites, readCallBytes, type BodyIndex } from './call-sites.js';
import { recursionCheck, type LocalFunctions } from './called-functions.js';

/**
 * Addresses of the values inside the main graph's calls of functions, one call after the other:
 * those of a body in order, then those of the calls in it.
 *
 * Functions that call functions can have more values than anyone can list, so they come one by one
 * and the caller stops when it has enough. What a call gives and gets is left out: it has a name
 * outside the call. An address that means two values is listed once.
 *
 * @throws FeaturetapError `MODEL_MALFORMED` for recursive functions, `MODEL_TRUNCATED` or
 * `MODEL_LIMIT`
 */
export async function* listCallValues(
  model: Pick<Model, 'source'> & { readonly graph: Pick<Model['graph'], 'nodes'> },
  functions: LocalFunctions,
): AsyncGenerator<string, void, void> {
  const refuseRecursion = recursionCheck(functions);
  const bodies = new Map<LocalFunction, BodyIndex>();
  const body = (fn: LocalFunction): BodyIndex => {
    let found = bodies.get(fn);
    if (found === undefined) {
      refuseRecursion(fn);
      bodies.set(fn, (found = indexBody(fn, functions)));
    }
    return found;
  };
  function* list(
    fn: LocalFunction,
    call: Pick<CallNode, 'inputs' | 'outputs'>,
    prefix: string,
    depth: number,
  ): Generator<string> {
    const { calls, values } = body(fn);
    const isOutside = (name: string): boolean =>
      fn.inputs.includes(name) || (call.outputs[fn.outputs.indexOf(name)] ?? '') !== '';
    for (const value of values) if (!isOutside(value)) yield `${prefix}${value}`;
    if (depth >= MAX_MODULE_DEPTH) return;
    for (const { label, node } of calls) {
      if (label !== '') yield* list(node.fn, node, `${prefix}${label}/`, depth + 1);
    }
  }
  const listed = new Set<string>();
  for (const { label, node } of mainCallSites(model.graph.nodes, functions)) {
    if (label === '') continue;
    const call = readCall(await readCallBytes(model.source, node));
    const fn = functions.get(functionKey(call.callee));
    if (fn === undefined) continue;
    for (const address of list(fn, call, `${label}/`, 1)) {
      if (listed.has(address)) continue;
      listed.add(address);
      yield address;
    }
  }
}

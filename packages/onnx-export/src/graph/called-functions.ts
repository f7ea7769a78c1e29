import { FeaturetapError } from '@featuretap/core/spec';
import { fieldCursor, printableName, walkFields, WIRE, type Cursor } from '@featuretap/core/wire';
import { MAX_GRAPH_DEPTH } from '../limits.js';
import { ATTRIBUTE, GRAPH, NODE } from '../proto/fields.js';
import { functionKey, type LocalFunction } from '../proto/local-function.js';
import { readCall } from '../proto/read-call.js';

/** Model-local functions by {@link functionKey}. */
export type LocalFunctions = ReadonlyMap<string, LocalFunction>;

function* bodiesOf(node: Cursor): Generator<Cursor, void, void> {
  for (const field of walkFields(node)) {
    if (field.field !== NODE.attribute || field.wireType !== WIRE.bytes) continue;
    const attribute = fieldCursor(node, field);
    for (const part of walkFields(attribute)) {
      const isGraph = part.field === ATTRIBUTE.graph || part.field === ATTRIBUTE.graphs;
      if (isGraph && part.wireType === WIRE.bytes) yield fieldCursor(attribute, part);
    }
  }
}

/** Adds the keys of the functions that a node calls, or nodes in its bodies do. */
function addCallees(node: Cursor, functions: LocalFunctions, into: Set<string>, depth = 0): void {
  if (depth > MAX_GRAPH_DEPTH) {
    throw new FeaturetapError(
      'MODEL_LIMIT',
      `Expected at most ${MAX_GRAPH_DEPTH} nested graphs in a model-local function, found more.`,
    );
  }
  const key = functionKey(readCall(node.bytes).callee);
  if (functions.has(key)) into.add(key);
  for (const body of bodiesOf(node)) {
    for (const field of walkFields(body)) {
      if (field.field !== GRAPH.node || field.wireType !== WIRE.bytes) continue;
      addCallees(fieldCursor(body, field), functions, into, depth + 1);
    }
  }
}

/** Keys of the functions that a body calls, also from within If, Loop and Scan bodies. */
function calledFunctions(fn: LocalFunction, functions: LocalFunctions): Set<string> {
  const called = new Set<string>();
  for (const bytes of fn.nodes) addCallees({ bytes, at: 0, base: 0 }, functions, called);
  return called;
}

/**
 * Keys of the functions that nodes need, also through other functions.
 *
 * @param nodes - `NodeProto` bytes.
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED` or `MODEL_LIMIT`
 */
export function neededFunctions(
  nodes: Iterable<Uint8Array>,
  functions: LocalFunctions,
): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const bytes of nodes) addCallees({ bytes, at: 0, base: 0 }, functions, needed);
  // A set goes on with what is added while it is walked.
  for (const key of needed) {
    const fn = functions.get(key);
    for (const called of fn === undefined ? [] : calledFunctions(fn, functions)) needed.add(called);
  }
  return needed;
}

/** Refuses a function that calls itself, directly or through others. */
export type RefuseRecursion = (fn: LocalFunction) => void;

/**
 * Starts to look for functions that call themselves, whose calls have no end (ONNX IR
 * specification, "Functions": recursion is not allowed). Each function is read once.
 *
 * @returns throws FeaturetapError `MODEL_MALFORMED`, `MODEL_TRUNCATED` or `MODEL_LIMIT`
 */
export function recursionCheck(functions: LocalFunctions): RefuseRecursion {
  interface Visit {
    readonly key: string;
    readonly rest: Iterator<string>;
  }
  const finished = new Set<string>();
  return (fn) => {
    const open = new Set<string>();
    const visits: Visit[] = [];
    const enter = (key: string): void => {
      const callee = functions.get(key);
      if (callee === undefined || finished.has(key)) return;
      if (open.has(key)) throw recursive(callee);
      open.add(key);
      visits.push({ key, rest: calledFunctions(callee, functions).values() });
    };
    enter(functionKey(fn));
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const next = visit.rest.next();
      if (next.done !== true) {
        enter(next.value);
        continue;
      }
      visits.pop();
      open.delete(visit.key);
      finished.add(visit.key);
    }
  };
}

function recursive({ name, domain }: LocalFunction): FeaturetapError {
  return new FeaturetapError(
    'MODEL_MALFORMED',
    `Expected model-local functions without recursion, but "${printableName(name)}" of domain ` +
      `"${printableName(domain)}" calls itself. Check the model with onnx.checker.`,
  );
}

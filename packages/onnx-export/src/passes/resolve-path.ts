import { FeaturetapError } from '@featuretap/core/spec';
import { indexBody, type BodyIndex } from '../graph/call-sites.js';
import { recursionCheck, type LocalFunctions } from '../graph/called-functions.js';
import { MAX_MODULE_DEPTH } from '../limits.js';
import { functionKey, type LocalFunction } from '../proto/local-function.js';
import type { CallNode } from '../proto/read-call.js';

/** A call on the way to a value. */
interface PathStep {
  /** What addresses call it. */
  readonly label: string;
  /** Index of its node in the body that it stands in; 0 for the first step. */
  readonly index: number;
  /** Names of what it gives and gets, in the body that it stands in. */
  readonly call: Pick<CallNode, 'inputs' | 'outputs'>;
  /** The function that it calls. */
  readonly fn: LocalFunction;
}

/** Where a value is. */
export interface ResolvedPath {
  /** Calls to inline, the outermost first; none for a value of the main graph. */
  readonly steps: readonly PathStep[];
  /** Name of the value in the body of the last step's function. */
  readonly value: string;
}

/** Follows addresses through function bodies, each of which is read once. */
export interface PathResolver {
  /**
   * Finds what follows a first call in an address, or null when there is no such value.
   *
   * A longer name of a call wins over a shorter one, and a call over a value.
   *
   * @param rest - the address behind the first call's name and its slash.
   * @throws FeaturetapError `MODEL_MALFORMED` for recursive functions, `MODEL_TRUNCATED` or
   * `MODEL_LIMIT`
   */
  readonly resolve: (first: PathStep, rest: string) => ResolvedPath | null;
}

/** Starts to resolve addresses among a model's functions. */
export function pathResolver(functions: LocalFunctions): PathResolver {
  const refuseRecursion = recursionCheck(functions);
  const bodies = new Map<LocalFunction, BodyIndex>();
  const body = (fn: LocalFunction): BodyIndex => {
    let found = bodies.get(fn);
    if (found === undefined) bodies.set(fn, (found = indexBody(fn, functions)));
    return found;
  };
  const resolve = (first: PathStep, rest: string): ResolvedPath | null => {
    refuseRecursion(first.fn);
    // What is known to lead nowhere: names that overlap could make the search exponential.
    const dead = new Set<string>();
    const search = (steps: readonly PathStep[], offset: number): ResolvedPath | null => {
      const fn = steps.at(-1)?.fn ?? first.fn;
      const state = `${offset} ${functionKey(fn)}`;
      if (dead.has(state)) return null;
      if (steps.length > MAX_MODULE_DEPTH) {
        throw new FeaturetapError(
          'MODEL_LIMIT',
          `Expected model-local functions nested at most ${MAX_MODULE_DEPTH} deep, found more.`,
        );
      }
      const { calls, values } = body(fn);
      const fitting = calls
        .filter(({ label }) => label !== '' && isSegment(rest, label, offset))
        .sort((a, b) => b.label.length - a.label.length);
      for (const { label, node } of fitting) {
        const step = { label, index: node.index, call: node, fn: node.fn };
        const found = search([...steps, step], offset + label.length + 1);
        if (found !== null) return found;
      }
      const value = rest.slice(offset);
      if (values.has(value)) return { steps, value };
      dead.add(state);
      return null;
    };
    const found = search([first], 0);
    return found === null ? null : shortened(found);
  };
  return { resolve };
}

/** Whether a call's name and a slash stand in an address at an offset. */
export function isSegment(path: string, label: string, offset: number): boolean {
  return path[offset + label.length] === '/' && path.startsWith(label, offset);
}

/** Leaves out calls that need no inlining: what a call gives or gets has a name outside it. */
function shortened({ steps, value }: ResolvedPath): ResolvedPath {
  const rest = [...steps];
  let name = value;
  for (let step = rest.at(-1); step !== undefined; step = rest.at(-1)) {
    const { fn, call } = step;
    const output = call.outputs[fn.outputs.indexOf(name)] ?? '';
    const outside = output !== '' ? output : (call.inputs[fn.inputs.indexOf(name)] ?? '');
    if (outside === '') break;
    name = outside;
    rest.pop();
  }
  return { steps: rest, value: name };
}

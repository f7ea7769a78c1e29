import { FeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { concatBytes, stringField } from '../proto/encode.js';
import { NODE } from '../proto/fields.js';
import { functionKey, type LocalFunction } from '../proto/local-function.js';
import { readAttributeNames, readCall, type CallNode } from '../proto/read-call.js';
import { inlineNames, type TakenNames } from './inline-names.js';
import { outputNames, renameGraphs, renameNode, type NameScope } from './rename-body.js';

/** Where an inlined body goes; the prefix is such as `block1/`. */
export interface InlineOptions extends TakenNames {
  /** Operator set versions by domain there. */
  readonly opsets: ReadonlyMap<string, number>;
}

/** A body that stands in a call's place. */
export interface InlinedCall {
  /** `NodeProto` bytes in order; the first ones are the body's nodes, one for one. */
  readonly nodes: readonly Uint8Array[];
  /** New names by the names in the body; empty for an input that the call leaves out. */
  readonly names: ReadonlyMap<string, string>;
  /** All names that were given to values, those in If, Loop and Scan bodies too. */
  readonly given: ReadonlySet<string>;
  /** All names that were given to nodes. */
  readonly givenNodes: ReadonlySet<string>;
  /** Operator sets that the nodes need and the model does not import yet, versions by domain. */
  readonly missingOpsets: ReadonlyMap<string, number>;
}

const cursorOf = (bytes: Uint8Array) => ({ bytes, at: 0, base: 0 });

function malformed(fn: LocalFunction, problem: string): FeaturetapError {
  return new FeaturetapError(
    'MODEL_MALFORMED',
    `Expected a valid model-local function "${printableName(fn.name)}" of domain ` +
      `"${printableName(fn.domain)}", but ${problem}. Check the model with onnx.checker.`,
  );
}

/**
 * Replaces a call of a model-local function by its body, whose values and nodes are renamed.
 *
 * Fields that are not known stay byte for byte. Names inside If, Loop and Scan bodies are renamed
 * too, so that none hides a value of the graph that they come into.
 *
 * @param callBytes - `NodeProto` bytes of the call.
 * @param fn - the function that it calls; the calls in its own body stay calls.
 * @throws FeaturetapError `MODEL_UNSUPPORTED` when the body is written for another version of an
 * operator set than the model; `MODEL_MALFORMED` when the call does not fit the function, or the
 * function calls itself or is invalid; `MODEL_LIMIT`; `MODEL_TRUNCATED`
 */
export function inlineCall(
  callBytes: Uint8Array,
  fn: LocalFunction,
  options: InlineOptions,
): InlinedCall {
  const call = readCall(callBytes);
  checkArity(call, fn);
  const actual = new Set([...call.inputs, ...call.outputs]);
  const names = inlineNames({
    ...options,
    isTaken: (name) => actual.has(name) || options.isTaken(name),
  });
  const { scope, passedOn } = bodyScope(call, fn, names.values.fresh);
  const missingOpsets = new Map<string, number>();
  const onDomain = (domain: string): void => {
    const version = fn.opsets.get(domain);
    const modelVersion = options.opsets.get(domain);
    if (version === undefined || version === modelVersion) return;
    if (modelVersion === undefined) missingOpsets.set(domain, version);
    else throw otherOpset(fn, domain, version, modelVersion);
  };
  const attribute = (name: string): Uint8Array | undefined => {
    const given = call.attributes.get(name);
    const value = given ?? fn.attributeDefaults.get(name);
    if (value === undefined) return undefined;
    if (readAttributeNames(value).reference !== '') {
      throw malformed(fn, `a call's attribute "${printableName(name)}" refers to another one`);
    }
    return given ?? renameGraphs(cursorOf(value), scope, context);
  };
  const context = { names, attribute, onDomain };
  const nodes: Uint8Array[] = [];
  for (const node of fn.nodes) {
    names.spend(node.length);
    if (functionKey(readCall(node).callee) === functionKey(fn)) {
      throw malformed(fn, 'it calls itself');
    }
    nodes.push(renameNode(cursorOf(node), scope, context));
  }
  for (const [from, to] of passedOn) {
    onDomain('');
    nodes.push(
      concatBytes([
        stringField(NODE.input, from),
        stringField(NODE.output, to),
        stringField(NODE.opType, 'Identity'),
      ]),
    );
  }
  return {
    nodes,
    names: scope.names,
    given: names.values.given,
    givenNodes: names.nodes.given,
    missingOpsets,
  };
}

function checkArity(call: CallNode, fn: LocalFunction): void {
  for (const kind of ['inputs', 'outputs'] as const) {
    if (call[kind].length > fn[kind].length) {
      const given = `a call has ${call[kind].length} ${kind} and the function ${fn[kind].length}`;
      throw malformed(fn, given);
    }
    if (new Set(fn[kind]).size < fn[kind].length) throw malformed(fn, `two of its ${kind} are one`);
    if (fn[kind].includes('')) throw malformed(fn, `one of its ${kind} has no name`);
  }
}

interface BodyScope {
  readonly scope: NameScope & { readonly outer: null };
  /** Values that go in and come out as they are, with the names on both sides of the call. */
  readonly passedOn: readonly (readonly [string, string])[];
}

function bodyScope(call: CallNode, fn: LocalFunction, fresh: (name: string) => string): BodyScope {
  const names = new Map<string, string>();
  fn.inputs.forEach((name, i) => names.set(name, call.inputs[i] ?? ''));
  const wanted = new Map<string, string>();
  fn.outputs.forEach((name, i) => {
    const given = call.outputs[i] ?? '';
    if (given !== '') wanted.set(name, given);
  });
  const made = new Set<string>();
  for (const node of fn.nodes) {
    for (const name of outputNames(cursorOf(node))) {
      if (names.has(name)) throw malformed(fn, `"${printableName(name)}" is made twice`);
      made.add(name);
      names.set(name, wanted.get(name) ?? fresh(name));
    }
  }
  const passedOn: [string, string][] = [];
  for (const name of fn.outputs) {
    const from = names.get(name);
    if (from === undefined) throw malformed(fn, `nothing makes "${printableName(name)}"`);
    const to = wanted.get(name);
    if (made.has(name) || to === undefined) continue;
    if (from === '') throw malformed(fn, `a call leaves out what it returns`);
    passedOn.push([from, to]);
  }
  return { scope: { names, outer: null }, passedOn };
}

function otherOpset(
  fn: LocalFunction,
  domain: string,
  version: number,
  modelVersion: number,
): FeaturetapError {
  return new FeaturetapError(
    'MODEL_UNSUPPORTED',
    `Expected model-local functions for the model's own operator sets, but ` +
      `"${printableName(fn.name)}" is written for version ${version} of ` +
      `"${printableName(domain === '' ? 'ai.onnx' : domain)}" and the model for ${modelVersion}. ` +
      'Its values can be had after onnx.inliner.inline_local_functions(model, convert_version=True).',
  );
}

import type { ByteSource } from '@featuretap/core/wire';
import { FeaturetapError } from '@featuretap/core/spec';
import { MAX_MESSAGE_BYTES } from '../limits.js';
import { functionKey, type LocalFunction } from '../proto/local-function.js';
import type { Node } from '../proto/model.js';
import { readCall, type CallNode } from '../proto/read-call.js';
import type { LocalFunctions } from './called-functions.js';

/** A node that may call a function, with the name that addresses use for it. */
export interface Labelled<T> {
  /** Name of the node; its first output when it has no name, or shares it with another call. */
  readonly label: string;
  /** The node. */
  readonly node: T;
}

/** Gives each call a name that no other call at its level has. */
function label<T extends { readonly name: string; readonly outputs: readonly string[] }>(
  nodes: readonly T[],
): Labelled<T>[] {
  const count = new Map<string, number>();
  for (const { name } of nodes) count.set(name, (count.get(name) ?? 0) + 1);
  return nodes.map((node) => {
    const isOwn = node.name !== '' && count.get(node.name) === 1;
    const first = node.outputs.find((output) => output !== '') ?? '';
    return { label: isOwn ? node.name : first, node };
  });
}

/** Nodes of the main graph that have a function's domain and name, labelled. */
export function mainCallSites(
  nodes: readonly Node[],
  functions: LocalFunctions,
): readonly Labelled<Node>[] {
  const named = new Set<string>();
  for (const { domain, name } of functions.values()) {
    named.add(functionKey({ domain, name, overload: '' }));
  }
  const mayCall = ({ domain, opType }: Node): boolean =>
    named.has(functionKey({ domain, name: opType, overload: '' }));
  return label(nodes.filter(mayCall));
}

/**
 * `NodeProto` bytes of a call in the main graph.
 *
 * @throws FeaturetapError `MODEL_LIMIT`
 */
export function readCallBytes(source: ByteSource, { at }: Node): Promise<Uint8Array> {
  if (at.end - at.valueStart > MAX_MESSAGE_BYTES) {
    throw new FeaturetapError(
      'MODEL_LIMIT',
      `Expected a call of at most ${MAX_MESSAGE_BYTES} bytes, found more at byte ${at.start}.`,
    );
  }
  return source.read(at.valueStart, at.end);
}

/** A call in a function's body. */
interface BodyCall extends CallNode {
  /** Index of the node in the body. */
  readonly index: number;
  /** The function that it calls. */
  readonly fn: LocalFunction;
}

/** A function's body, as addresses need it. */
export interface BodyIndex {
  /** Its calls of functions, labelled; those within If, Loop and Scan bodies left out. */
  readonly calls: readonly Labelled<BodyCall>[];
  /** Names of its values in order: inputs, then what its nodes make. */
  readonly values: ReadonlySet<string>;
}

/**
 * Reads a function's body.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED` or `MODEL_MALFORMED`
 */
export function indexBody(fn: LocalFunction, functions: LocalFunctions): BodyIndex {
  const values = new Set(fn.inputs);
  const calls: BodyCall[] = [];
  fn.nodes.forEach((bytes, index) => {
    const node = readCall(bytes);
    for (const output of node.outputs) if (output !== '') values.add(output);
    const callee = functions.get(functionKey(node.callee));
    if (callee !== undefined) calls.push({ ...node, index, fn: callee });
  });
  return { calls: label(calls), values };
}

// Inlines single calls, and reads what comes out.
import { ATTRIBUTE, NODE } from '../src/proto/fields.js';
import type { LocalFunction } from '../src/proto/local-function.js';
import { inlineCall, type InlinedCall, type InlineOptions } from '../src/passes/inline-call.js';
import { nodeBytes, type NodeParts } from './build-function.js';
import { readWire, type RawField } from './read-wire.js';

/** A function, of which only the nodes must be given. */
export type FunctionOf = Partial<Omit<LocalFunction, 'nodes'>> & {
  readonly nodes: readonly NodeParts[];
};

/** A function `f` of `a` that returns `r`. */
export function fn({ nodes, ...parts }: FunctionOf): LocalFunction {
  return {
    domain: 'local',
    name: 'f',
    overload: '',
    inputs: ['a'],
    outputs: ['r'],
    attributes: [],
    attributeDefaults: new Map(),
    opsets: new Map([['', 18]]),
    at: { start: 0, valueStart: 0, end: 0 },
    ...parts,
    nodes: nodes.map(nodeBytes),
  };
}

/** The call that {@link inline} inlines, by default. */
export const CALL_OF_F: NodeParts = { op: 'f', domain: 'local', inputs: ['x'], outputs: ['y'] };

/** Inlines a call with the prefix `p/`. */
export function inline(
  called: LocalFunction,
  call: Partial<NodeParts> = {},
  options: Partial<InlineOptions> = {},
): InlinedCall {
  return inlineCall(nodeBytes({ ...CALL_OF_F, ...call }), called, {
    prefix: 'p/',
    isTaken: () => false,
    isNodeTaken: () => false,
    opsets: new Map([['', 18]]),
    ...options,
  });
}

const text = ({ bytes }: RawField): string => Buffer.from(bytes).toString();

/** Strings in a message's field, by an independent reader. */
export function texts(message: Uint8Array, field: number): string[] {
  return readWire(message)
    .filter((part) => part.field === field)
    .map(text);
}

/** Messages in a message's field. */
export function messages(message: Uint8Array, field: number): Uint8Array[] {
  return readWire(message)
    .filter((part) => part.field === field)
    .map(({ bytes }) => bytes);
}

/** Inputs and outputs of each node. */
export const wiring = (nodes: readonly Uint8Array[]): string[] =>
  nodes.map((node) => `${texts(node, 1).join()}>${texts(node, 2).join()}`);

/** The graph of a node's attribute. */
export const body = (node: Uint8Array): Uint8Array =>
  messages(messages(node, NODE.attribute)[0]!, ATTRIBUTE.graph)[0]!;

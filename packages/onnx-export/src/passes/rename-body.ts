import { FeaturetapError } from '@featuretap/core/spec';
import {
  decodeName,
  encodeName,
  fieldBytes,
  fieldCursor,
  printableName,
  walkFields,
  WIRE,
  type Cursor,
} from '@featuretap/core/wire';
import { MAX_GRAPH_DEPTH } from '../limits.js';
import { concatBytes, stringField } from '../proto/encode.js';
import {
  ANNOTATION,
  ATTRIBUTE,
  ENTRY,
  GRAPH,
  NODE,
  SPARSE_TENSOR,
  TENSOR,
  VALUE_INFO,
} from '../proto/fields.js';
import { CALL, DEVICE_CONFIGURATION, SHARDING_SPEC } from '../proto/function-fields.js';
import { readAttributeNames } from '../proto/read-call.js';
import { normalDomain } from '../proto/read-functions.js';
import { rewriteMessage, type FieldRewrite } from '../proto/rewrite-message.js';
import type { InlineNames } from './inline-names.js';

/** New names of the values of a body; those of an inner graph hide the outer ones. */
export interface NameScope {
  /** New names by name; empty for an optional input that the call leaves out. */
  readonly names: ReadonlyMap<string, string>;
  /** The scope around it, or null for the function's own. */
  readonly outer: NameScope | null;
}

/** What renaming needs besides the scope. */
export interface RenameContext {
  /** Names and counts what is written. */
  readonly names: InlineNames;
  /** `AttributeProto` bytes that stand for an attribute of the function; undefined: left out. */
  readonly attribute: (name: string) => Uint8Array | undefined;
  /** Called with the operator set of each node. */
  readonly onDomain: (domain: string) => void;
}

function resolve(scope: NameScope, name: string): string | undefined {
  for (let at: NameScope | null = scope; at !== null; at = at.outer) {
    const found = at.names.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A rewrite of a message field by rewrites of its fields. */
function inner(rewrites: ReadonlyMap<number, FieldRewrite>): FieldRewrite {
  return (value) => rewriteMessage(value, rewrites);
}

/** Names of the values that a node makes. */
export function* outputNames(node: Cursor): Generator<string, void, void> {
  for (const field of walkFields(node)) {
    if (field.field !== NODE.output || field.wireType !== WIRE.bytes) continue;
    const name = decodeName(fieldBytes(node, field));
    if (name !== '') yield name;
  }
}

/**
 * A node with its values, its name and the values that its bodies capture renamed, and with
 * attributes of the function put in.
 *
 * @throws FeaturetapError `MODEL_MALFORMED` when it uses a value that does not exist,
 * `MODEL_TRUNCATED` or `MODEL_LIMIT`
 */
export function renameNode(
  node: Cursor,
  scope: NameScope,
  context: RenameContext,
  depth = 0,
): Uint8Array {
  const { names, onDomain } = context;
  let domain = '';
  const use: FieldRewrite = ({ bytes }) => {
    const renamed = encodeName(usedName(decodeName(bytes), scope));
    names.spend(renamed.length);
    return renamed;
  };
  const shardingSpec = new Map([[SHARDING_SPEC.tensorName, use]]);
  const renamed = rewriteMessage(
    node,
    new Map<number, FieldRewrite>([
      [NODE.input, use],
      [NODE.output, use],
      [
        NODE.name,
        ({ bytes }) =>
          bytes.length === 0 ? bytes : encodeName(names.nodes.fresh(decodeName(bytes))),
      ],
      [NODE.attribute, (value) => renameAttribute(value, scope, context, depth)],
      [
        NODE.domain,
        ({ bytes }) => {
          domain = normalDomain(decodeName(bytes));
          return bytes;
        },
      ],
      [
        CALL.deviceConfigurations,
        inner(new Map([[DEVICE_CONFIGURATION.shardingSpec, inner(shardingSpec)]])),
      ],
    ]),
  );
  onDomain(domain);
  return renamed;
}

function usedName(name: string, scope: NameScope): string {
  if (name === '') return '';
  const renamed = resolve(scope, name);
  if (renamed !== undefined) return renamed;
  throw new FeaturetapError(
    'MODEL_MALFORMED',
    `Expected a model-local function to use only its own values, but it uses ` +
      `"${printableName(name)}", which nothing in it makes. Check the model with onnx.checker.`,
  );
}

/**
 * An attribute as it stands in an inlined node, or null when the call leaves it out.
 *
 * What the call gives belongs to the graph around it, so nothing in it is renamed.
 */
function renameAttribute(
  attribute: Cursor,
  scope: NameScope,
  context: RenameContext,
  depth: number,
): Uint8Array | null {
  const { name, reference } = readAttributeNames(attribute.bytes);
  if (reference === '') return renameGraphs(attribute, scope, context, depth);
  const given = context.attribute(reference);
  if (given === undefined) return null;
  context.names.spend(given.length);
  const unnamed = rewriteMessage(
    { bytes: given, at: 0, base: 0 },
    new Map<number, FieldRewrite>([[ATTRIBUTE.name, () => null]]),
  );
  return concatBytes([stringField(ATTRIBUTE.name, name), unnamed]);
}

/**
 * An attribute with the values in its graphs renamed.
 *
 * @throws FeaturetapError as {@link renameNode}
 */
export function renameGraphs(
  attribute: Cursor,
  scope: NameScope,
  context: RenameContext,
  depth = 0,
): Uint8Array {
  let single = 0;
  const graph: FieldRewrite = (value) => renameGraph(value, scope, context, depth + 1);
  return rewriteMessage(
    attribute,
    new Map<number, FieldRewrite>([
      [
        ATTRIBUTE.graph,
        (value) => {
          // Readers merge two occurrences into one graph, which no one-pass rewrite can follow.
          if (++single > 1) {
            throw new FeaturetapError(
              'MODEL_MALFORMED',
              'Expected one graph in an attribute of a model-local function, found a second one.',
            );
          }
          return graph(value);
        },
      ],
      [ATTRIBUTE.graphs, graph],
    ]),
  );
}

/** The name in a message's field, or empty. */
function nameIn(message: Cursor, number: number): string {
  let name = '';
  for (const field of walkFields(message)) {
    if (field.field === number && field.wireType === WIRE.bytes) {
      name = decodeName(fieldBytes(message, field));
    }
  }
  return name;
}

/** Names of the values that a graph makes: its inputs, constants and nodes' outputs. */
function* definedNames(graph: Cursor): Generator<string, void, void> {
  for (const field of walkFields(graph)) {
    if (field.wireType !== WIRE.bytes) continue;
    const value = fieldCursor(graph, field);
    if (field.field === GRAPH.node) yield* outputNames(value);
    else if (field.field === GRAPH.input) yield nameIn(value, VALUE_INFO.name);
    else if (field.field === GRAPH.initializer) yield nameIn(value, TENSOR.name);
    else if (field.field === GRAPH.sparseInitializer) {
      for (const part of walkFields(value)) {
        if (part.field === SPARSE_TENSOR.values && part.wireType === WIRE.bytes) {
          yield nameIn(fieldCursor(value, part), TENSOR.name);
        }
      }
    }
  }
}

/**
 * The body of an If, Loop or Scan with all values renamed, its own ones too: a name that stayed
 * could be one of the graph that the body moves to.
 */
function renameGraph(
  graph: Cursor,
  outer: NameScope,
  context: RenameContext,
  depth: number,
): Uint8Array {
  if (depth > MAX_GRAPH_DEPTH) {
    throw new FeaturetapError(
      'MODEL_LIMIT',
      `Expected at most ${MAX_GRAPH_DEPTH} nested graphs in a model-local function, found more.`,
    );
  }
  const { names } = context;
  const own = new Map<string, string>();
  for (const name of definedNames({ ...graph, at: 0 })) {
    if (name !== '' && !own.has(name)) own.set(name, names.values.fresh(name));
  }
  const scope: NameScope = { names: own, outer };
  const use: FieldRewrite = ({ bytes }) => {
    const renamed = encodeName(usedName(decodeName(bytes), scope));
    names.spend(renamed.length);
    return renamed;
  };
  /** A remark about a value that may have gone: it must not come to mean another one. */
  const mention: FieldRewrite = ({ bytes }) => {
    const name = decodeName(bytes);
    return encodeName(name === '' ? '' : (resolve(scope, name) ?? names.values.fresh(name)));
  };
  const tensor = inner(new Map([[TENSOR.name, use]]));
  const returned: FieldRewrite = ({ bytes }) => {
    const renamed = use({ bytes, at: 0, base: 0 });
    if (renamed?.length === 0) {
      throw new FeaturetapError(
        'MODEL_MALFORMED',
        `Expected a call to give the input "${printableName(decodeName(bytes))}" that a branch ` +
          'of its function returns, but the call leaves it out.',
      );
    }
    return renamed;
  };
  return rewriteMessage(
    graph,
    new Map<number, FieldRewrite>([
      [GRAPH.node, (value) => renameNode(value, scope, context, depth)],
      [GRAPH.initializer, tensor],
      [GRAPH.sparseInitializer, inner(new Map([[SPARSE_TENSOR.values, tensor]]))],
      [GRAPH.input, inner(new Map([[VALUE_INFO.name, use]]))],
      [GRAPH.output, inner(new Map([[VALUE_INFO.name, returned]]))],
      [GRAPH.valueInfo, inner(new Map([[VALUE_INFO.name, mention]]))],
      [
        GRAPH.quantizationAnnotation,
        inner(
          new Map<number, FieldRewrite>([
            [ANNOTATION.tensorName, mention],
            [ANNOTATION.parameters, inner(new Map([[ENTRY.value, mention]]))],
          ]),
        ),
      ],
    ]),
  );
}

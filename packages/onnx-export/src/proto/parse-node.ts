import { FeaturetapError } from '@featuretap/core/spec';
import {
  decodeName,
  fieldBytes,
  fieldCursor,
  readInt64,
  walkFields,
  type Cursor,
} from '@featuretap/core/wire';
import { MAX_BODY_NODES, MAX_GRAPH_DEPTH } from '../limits.js';
import { ATTRIBUTE, GRAPH, NODE, TENSOR, VALUE_INFO } from './fields.js';
import type { Attribute, Body, Node } from './model.js';
import { parseEntry, parseTensor, pushFloats, pushInts } from './parse-tensor.js';
import { readName } from './read-name.js';

/** Key of the module path that torch's dynamo exporter writes on every node. */
const NAME_SCOPES_KEY = 'pkg.torch.onnx.name_scopes';

/** A node before its place in the file is known. */
export type ParsedNode = Omit<Node, 'at'>;

interface ParsedAttribute {
  readonly attribute: Attribute;
  readonly captures: readonly string[];
  readonly hasBody: boolean;
}

function parseAttribute(cursor: Cursor, depth: number): ParsedAttribute {
  let name = '';
  let number: { int: number } | { float: number } | undefined;
  let string: string | undefined;
  let tensor: Attribute['tensor'];
  const ints: number[] = [];
  const floats: number[] = [];
  const captures: string[] = [];
  let body: Body | null = null;
  let hasBody = false;
  for (const field of walkFields(cursor)) {
    switch (field.field) {
      case ATTRIBUTE.name:
        name = readName(cursor, field);
        break;
      case ATTRIBUTE.int:
        number = { int: readInt64(cursor) };
        break;
      case ATTRIBUTE.float: {
        const value: number[] = [];
        pushFloats(value, cursor, field);
        number = { float: value[0] ?? 0 };
        break;
      }
      case ATTRIBUTE.string:
        string = decodeName(fieldBytes(cursor, field));
        break;
      case ATTRIBUTE.tensor:
        tensor = parseTensor(fieldCursor(cursor, field));
        break;
      case ATTRIBUTE.ints:
        pushInts(ints, cursor, field);
        break;
      case ATTRIBUTE.floats:
        pushFloats(floats, cursor, field);
        break;
      case ATTRIBUTE.graph:
      case ATTRIBUTE.graphs: {
        hasBody = true;
        const parsed = parseBody(fieldCursor(cursor, field), depth + 1);
        for (const captured of parsed.captures) captures.push(captured);
        if (field.field === ATTRIBUTE.graph) body = parsed.body;
        break;
      }
    }
  }
  return {
    attribute: {
      name,
      ...number,
      ...(string === undefined ? {} : { string }),
      ...(tensor === undefined ? {} : { tensor }),
      ...(ints.length > 0 ? { ints } : {}),
      ...(floats.length > 0 ? { floats } : {}),
      ...(body === null ? {} : { body }),
    },
    captures,
    hasBody,
  };
}

interface ParsedBody {
  /** The body, or null when it has more nodes than inference follows. */
  readonly body: Body | null;
  /** Names that it uses and does not define: they come from the graphs around it. */
  readonly captures: readonly string[];
}

function parseBody(cursor: Cursor, depth: number): ParsedBody {
  if (depth > MAX_GRAPH_DEPTH) {
    throw new FeaturetapError(
      'MODEL_LIMIT',
      `Expected at most ${MAX_GRAPH_DEPTH} nested graphs, found more near byte ${cursor.base}.`,
    );
  }
  const defined = new Set<string>();
  const used = new Set<string>();
  const nodes: ParsedNode[] = [];
  const outputs: string[] = [];
  let isSmall = true;
  const nameIn = (message: Cursor, number: number): string => {
    for (const field of walkFields(message)) {
      if (field.field === number) return readName(message, field);
    }
    return '';
  };
  for (const field of walkFields(cursor)) {
    if (field.field === GRAPH.node) {
      const node = parseNode(fieldCursor(cursor, field), depth);
      for (const name of node.inputs) used.add(name);
      for (const name of node.captures) used.add(name);
      for (const name of node.outputs) defined.add(name);
      isSmall &&= nodes.length < MAX_BODY_NODES;
      if (isSmall) nodes.push(node);
    } else if (field.field === GRAPH.input) {
      defined.add(nameIn(fieldCursor(cursor, field), VALUE_INFO.name));
    } else if (field.field === GRAPH.output) {
      const name = nameIn(fieldCursor(cursor, field), VALUE_INFO.name);
      used.add(name);
      outputs.push(name);
    } else if (field.field === GRAPH.initializer) {
      defined.add(nameIn(fieldCursor(cursor, field), TENSOR.name));
    }
  }
  const captures = [...used].filter((name) => name !== '' && !defined.has(name));
  return { body: isSmall ? { nodes, outputs } : null, captures };
}

/**
 * Reads a `NodeProto`.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED` or `MODEL_LIMIT`
 */
export function parseNode(cursor: Cursor, depth = 0): ParsedNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const captures: string[] = [];
  const attributes = new Map<string, Attribute>();
  let name = '';
  let opType = '';
  let domain = '';
  let nameScopes: string | undefined;
  let hasBodies = false;
  for (const field of walkFields(cursor)) {
    switch (field.field) {
      case NODE.input:
        inputs.push(readName(cursor, field));
        break;
      case NODE.output:
        outputs.push(readName(cursor, field));
        break;
      case NODE.name:
        name = readName(cursor, field);
        break;
      case NODE.opType:
        opType = readName(cursor, field);
        break;
      case NODE.domain:
        domain = readName(cursor, field);
        break;
      case NODE.attribute: {
        const parsed = parseAttribute(fieldCursor(cursor, field), depth);
        attributes.set(parsed.attribute.name, parsed.attribute);
        hasBodies ||= parsed.hasBody;
        for (const captured of parsed.captures) captures.push(captured);
        break;
      }
      case NODE.metadataProps: {
        const entry = parseEntry(fieldCursor(cursor, field));
        if (entry.key === NAME_SCOPES_KEY) nameScopes = entry.value;
        break;
      }
    }
  }
  return {
    name,
    opType,
    domain: domain === 'ai.onnx' ? '' : domain,
    inputs,
    outputs,
    attributes,
    hasBodies,
    captures,
    ...(nameScopes === undefined ? {} : { nameScopes }),
  };
}

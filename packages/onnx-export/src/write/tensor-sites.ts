import { FeaturetapError } from '@featuretap/core/spec';
import { scanFields, WIRE, type ByteSource, type ScannedField } from '@featuretap/core/wire';
import { MAX_GRAPH_DEPTH } from '../limits.js';
import { ATTRIBUTE, GRAPH, MODEL, NODE, TENSOR } from '../proto/fields.js';
import type { FieldRange, Initializer, Model, Node } from '../proto/model.js';
import { parseEntry } from '../proto/parse-tensor.js';
import { PAYLOAD_FIELDS } from '../proto/tensor-places.js';
import type { Enclosing } from './splice.js';

/** An entry of `external_data`. */
interface ExternalEntry {
  /** Key, such as `location`. */
  readonly key: string;
  /** Value. */
  readonly value: string;
  /** The field of the tensor that holds it. */
  readonly at: FieldRange;
}

/** A tensor of the file with the exact place of its payload. */
export interface TensorSite {
  /** The messages around the tensor's fields, from the graph to the tensor itself. */
  readonly inside: readonly Enclosing[];
  /** The fields that hold the payload, with their numbers. */
  readonly payload: readonly Enclosing[];
  /** The `data_location` fields, which say whether the payload is in another file. */
  readonly dataLocation: readonly FieldRange[];
  /** Entries of `external_data`, when the payload is in another file. */
  readonly external: readonly ExternalEntry[];
}

type Kind = 'graph' | 'node' | 'attribute' | 'tensor';

/** Messages that can hold tensors, by the message around them and the field number. */
const INNER: Readonly<Record<Exclude<Kind, 'tensor'>, ReadonlyMap<number, Kind>>> = {
  graph: new Map([
    [GRAPH.node, 'node'],
    [GRAPH.initializer, 'tensor'],
  ]),
  node: new Map([[NODE.attribute, 'attribute']]),
  attribute: new Map([
    [ATTRIBUTE.tensor, 'tensor'],
    [ATTRIBUTE.tensors, 'tensor'],
    [ATTRIBUTE.graph, 'graph'],
    [ATTRIBUTE.graphs, 'graph'],
  ]),
};

function rangeOf({ start, valueStart, end }: ScannedField): FieldRange {
  return { start, valueStart, end };
}

/** Sites of the tensors in a message, depth first. */
async function* walk(
  source: ByteSource,
  kind: Kind,
  inside: readonly Enclosing[],
): AsyncGenerator<TensorSite, void, void> {
  const message = inside.at(-1)!.at;
  if (inside.length > 3 * MAX_GRAPH_DEPTH + 3) {
    throw new FeaturetapError(
      'MODEL_LIMIT',
      `Expected at most ${MAX_GRAPH_DEPTH} nested graphs, found more at byte ${message.start}.`,
    );
  }
  const payload: Enclosing[] = [];
  const dataLocation: FieldRange[] = [];
  const external: ExternalEntry[] = [];
  for await (const field of scanFields(source, { start: message.valueStart, end: message.end })) {
    const at = rangeOf(field);
    if (kind !== 'tensor') {
      const inner = field.wireType === WIRE.bytes ? INNER[kind].get(field.field) : undefined;
      if (inner !== undefined) yield* walk(source, inner, [...inside, { field: field.field, at }]);
    } else if (PAYLOAD_FIELDS.has(field.field)) {
      payload.push({ field: field.field, at });
    } else if (field.field === TENSOR.dataLocation) {
      dataLocation.push(at);
    } else if (field.field === TENSOR.externalData && field.wireType === WIRE.bytes) {
      external.push({
        ...parseEntry({ bytes: await field.bytes(), at: 0, base: field.valueStart }),
        at,
      });
    }
  }
  if (kind === 'tensor') yield { inside, payload, dataLocation, external };
}

/** Which fields of the graph to look into. */
export interface TensorSiteRequest {
  /** Whether an initializer is wanted. */
  initializers(tensor: Initializer): boolean;
  /** Whether a node is to be looked into. */
  nodes(node: Node): boolean;
}

/**
 * Finds the tensors of a graph in the file: initializers, tensor attributes and those in If, Loop
 * and Scan bodies, with the exact places of their payloads. Weights are not read.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED` or `MODEL_LIMIT`
 */
export async function* tensorSites(
  { source, graph }: Model,
  wanted: TensorSiteRequest,
): AsyncGenerator<TensorSite, void, void> {
  const around: Enclosing = { field: MODEL.graph, at: graph.at };
  for (const tensor of graph.initializers.filter((one) => wanted.initializers(one))) {
    const inside = [around, { field: GRAPH.initializer, at: tensor.at }];
    // Where the payload is was seen when the model was read; only the entries have no places yet.
    if (tensor.external === undefined) yield { inside, ...tensor.places, external: [] };
    else yield* walk(source, 'tensor', inside);
  }
  for (const { at } of graph.nodes.filter((node) => wanted.nodes(node))) {
    yield* walk(source, 'node', [around, { field: GRAPH.node, at }]);
  }
}

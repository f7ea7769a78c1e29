import { FeaturetapError } from '@featuretap/core/spec';
import {
  scanFields,
  WIRE,
  type ByteRange,
  type ByteSource,
  type WireField,
} from '@featuretap/core/wire';
import { MAX_GRAPH_DEPTH, MAX_MESSAGE_BYTES } from '../limits.js';
import { bytesField, concatBytes, varintField } from './encode.js';
import { ATTRIBUTE, GRAPH, NODE, SPARSE_TENSOR } from './fields.js';
import { PAYLOAD_FIELDS } from './tensor-places.js';

/**
 * Field that stands for a payload that was left out; its value is the payload's size in bytes.
 *
 * No ONNX message has a field of this number.
 */
export const LEFT_OUT = 536_870_000;

/** Fields of a message that hold payloads, and those that hold messages with payloads in them. */
interface Recipe {
  readonly payload?: ReadonlySet<number>;
  readonly inner?: () => ReadonlyMap<number, Recipe>;
}

const tensor: Recipe = {
  payload: PAYLOAD_FIELDS,
};
const sparseTensor: Recipe = {
  inner: () =>
    new Map([
      [SPARSE_TENSOR.values, tensor],
      [SPARSE_TENSOR.indices, tensor],
    ]),
};
const attribute: Recipe = {
  inner: () =>
    new Map([
      [ATTRIBUTE.tensor, tensor],
      [ATTRIBUTE.tensors, tensor],
      [ATTRIBUTE.graph, graph],
      [ATTRIBUTE.graphs, graph],
      [ATTRIBUTE.sparseTensor, sparseTensor],
      [ATTRIBUTE.sparseTensors, sparseTensor],
    ]),
};
const node: Recipe = { inner: () => new Map([[NODE.attribute, attribute]]) };
const graph: Recipe = {
  inner: () =>
    new Map([
      [GRAPH.node, node],
      [GRAPH.initializer, tensor],
      [GRAPH.sparseInitializer, sparseTensor],
    ]),
};

/** Messages that can hold weights. */
export const LEAN_RECIPES = { tensor, node, sparseTensor } as const;

/** Payload above which a field is left out, bytes. */
const KEEP_BYTES = 4096;

/** How a message is made lean. */
interface LeanOptions {
  /** Messages around it. */
  readonly depth?: number;
  /** Is shown each field of the message itself. */
  readonly onField?: (field: WireField) => void;
}

/**
 * A message's bytes with the weights left out, so that it can be parsed in memory.
 *
 * Large messages are walked in the file; each payload becomes a {@link LEFT_OUT} field. Memory
 * follows what is kept.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED`, or `MODEL_LIMIT` when what is left
 * is still larger than `MAX_MESSAGE_BYTES` or nested deeper than `MAX_GRAPH_DEPTH` graphs.
 */
export async function leanBytes(
  source: ByteSource,
  range: ByteRange,
  recipe: Recipe,
  options: LeanOptions = {},
): Promise<Uint8Array> {
  const { depth = 0 } = options;
  if (depth > 3 * MAX_GRAPH_DEPTH) {
    throw new FeaturetapError(
      'MODEL_LIMIT',
      `Expected at most ${MAX_GRAPH_DEPTH} nested graphs, found more at byte ${range.start}.`,
    );
  }
  const kept: Uint8Array[] = [];
  let size = 0;
  const inner = recipe.inner?.();
  for await (const field of scanFields(source, range)) {
    const length = field.end - field.valueStart;
    options.onField?.(field);
    let bytes: Uint8Array;
    if (field.wireType !== WIRE.bytes || length <= KEEP_BYTES) {
      bytes = await field.whole();
    } else if (recipe.payload?.has(field.field)) {
      bytes = varintField(LEFT_OUT, length);
    } else {
      const next = inner?.get(field.field);
      const value = { start: field.valueStart, end: field.end };
      if (next !== undefined) {
        bytes = bytesField(field.field, await leanBytes(source, value, next, { depth: depth + 1 }));
      } else {
        refuseLarge(length, field.start);
        bytes = await field.whole();
      }
    }
    size += bytes.length;
    refuseLarge(size, range.start);
    kept.push(bytes);
  }
  return concatBytes(kept);
}

function refuseLarge(size: number, offset: number): void {
  if (size <= MAX_MESSAGE_BYTES) return;
  throw new FeaturetapError(
    'MODEL_LIMIT',
    `Expected a node or tensor of at most ${MAX_MESSAGE_BYTES} bytes without its weights, ` +
      `found more at byte ${offset}.`,
  );
}

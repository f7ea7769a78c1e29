import { WIRE } from '@featuretap/core/wire';
import type { GraphEdit } from '../passes/graph-edit.js';
import { concatBytes, varint } from '../proto/encode.js';
import { MODEL } from '../proto/fields.js';
import type { FieldRange } from '../proto/model.js';
import {
  encodeAll,
  encodeInitializer,
  encodeMetadata,
  encodeNode,
  encodeOutput,
} from './encode-edit.js';
import { growth, toSegments, type Segment, type Splice } from './splice.js';

/** Where a list of fields ends, or `fallback` when there are none. */
function endOf(fields: readonly { readonly at: FieldRange }[], fallback: number): number {
  return fields.reduce((end, { at }) => Math.max(end, at.end), fields.length > 0 ? 0 : fallback);
}

function insert(at: number, bytes: Uint8Array): Splice {
  return { start: at, end: at, bytes };
}

/** Joins insertions at one offset, keeping their order. */
function joinInsertions(splices: readonly Splice[]): Splice[] {
  const joined = new Map<number, Splice>();
  const rest: Splice[] = [];
  for (const splice of splices) {
    if (splice.start !== splice.end) {
      rest.push(splice);
      continue;
    }
    const before = joined.get(splice.start)?.bytes ?? new Uint8Array(0);
    joined.set(splice.start, insert(splice.start, concatBytes([before, splice.bytes])));
  }
  return [...joined.values(), ...rest];
}

/**
 * The pieces of the edited file: every byte of the original in its place, one GraphProto, its
 * length rewritten, additions behind the fields of their kind.
 *
 * @param metadata - entry of `metadata_props` to set; an entry of that key is replaced.
 */
export function spliceModel(
  edit: GraphEdit,
  metadata: { readonly key: string; readonly value: string },
): Segment[] {
  const { model } = edit.index;
  const { graph, source } = model;
  const nodesEnd = endOf(graph.nodes, graph.at.valueStart);
  const inGraph = joinInsertions([
    insert(nodesEnd, encodeAll(edit.nodes, encodeNode)),
    insert(endOf(graph.initializers, nodesEnd), encodeAll(edit.initializers, encodeInitializer)),
    insert(endOf(graph.outputs, graph.at.end), encodeAll(edit.outputs, encodeOutput)),
  ]);
  const length = graph.at.end - graph.at.valueStart + growth(inGraph);
  const header: Splice = {
    start: graph.at.start,
    end: graph.at.valueStart,
    bytes: concatBytes([varint(MODEL.graph * 8 + WIRE.bytes), varint(length)]),
  };
  const old = model.metadata.filter(({ key }) => key === metadata.key);
  const removals = old.map(({ at }): Splice => ({ ...at, bytes: new Uint8Array(0) }));
  const entry = insert(source.size, encodeMetadata(metadata.key, metadata.value));
  return toSegments(source.size, [header, ...inGraph, ...removals, entry]);
}

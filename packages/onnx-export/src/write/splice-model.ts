import type { Manifest } from '@featuretap/core/spec';
import type { GraphEdit } from '../passes/graph-edit.js';
import { concatBytes } from '../proto/encode.js';
import { MODEL } from '../proto/fields.js';
import type { FieldRange, Model } from '../proto/model.js';
import {
  encodeAll,
  encodeConstantNode,
  encodeInitializer,
  encodeInput,
  encodeMetadata,
  encodeNode,
  encodeOpsets,
  encodeOutput,
} from './encode-edit.js';
import type { Segment } from './segments.js';
import { toSegments, type Enclosing, type Splice } from './splice.js';

/** IR version from which initializers need not be graph inputs. */
const FREE_INITIALIZERS_IR = 4;

const NOTHING = new Uint8Array(0);

/** An entry of `metadata_props` to set, or to remove when there is no value. */
interface MetadataChange {
  /** Key; entries of that key are replaced. */
  readonly key: string;
  /** The new value; left out to remove the entry. */
  readonly value?: string;
}

/** What else to write beside the edit of the graph. */
export interface SpliceRequest {
  /** Entries of `metadata_props` to set or remove. */
  readonly metadata?: readonly MetadataChange[];
  /** Operator sets to import besides the model's own, versions by domain. */
  readonly opsets?: ReadonlyMap<string, number>;
  /** Changes inside initializers and nodes that stay: where their weights are. */
  readonly weights?: readonly Splice[];
}

/**
 * What is added to the graph: at its front only what others depend on, so that the bytes of the
 * original stay where they are and whole files can be copied by the system.
 */
function additions(edit: GraphEdit): { front: Uint8Array; back: Uint8Array } {
  const { prologue, nodes, initializers, inputs, outputs } = edit;
  const early = edit.index.model.irVersion < FREE_INITIALIZERS_IR;
  return {
    front: concatBytes([
      early ? encodeAll(initializers, encodeConstantNode) : NOTHING,
      encodeAll(prologue, encodeNode),
    ]),
    back: concatBytes([
      encodeAll(nodes, encodeNode),
      early ? NOTHING : encodeAll(initializers, encodeInitializer),
      encodeAll(inputs, encodeInput),
      encodeAll(outputs, encodeOutput),
    ]),
  };
}

/** Bytes that an edit adds to the graph; null when it does more than that. */
export function addedBytes(edit: GraphEdit): NonNullable<Manifest['added']> | null {
  if (edit.removed.size > 0 || edit.replaced.size > 0) return null;
  const { front, back } = additions(edit);
  return { front: front.length, back: back.length };
}

function metadataSplices(model: Model, changes: readonly MetadataChange[]): Splice[] {
  return changes.flatMap(({ key, value }) => [
    ...model.metadata.filter((entry) => entry.key === key).map(({ at }) => removal(at, [])),
    ...(value === undefined
      ? []
      : [{ ...emptyAt(model.source.size), bytes: encodeMetadata(key, value), inside: [] }]),
  ]);
}

function removal({ start, end }: FieldRange, inside: readonly Enclosing[]): Splice {
  return { start, end, bytes: NOTHING, inside };
}

function emptyAt(offset: number): { start: number; end: number } {
  return { start: offset, end: offset };
}

/**
 * The pieces of the edited file: one GraphProto with its length rewritten, every byte of the
 * original that was not asked to change in its order, additions at the end of the graph.
 */
export function spliceModel(edit: GraphEdit, request: SpliceRequest = {}): Segment[] {
  const { model } = edit.index;
  const { graph, source } = model;
  const inGraph: readonly Enclosing[] = [{ field: MODEL.graph, at: graph.at }];
  const around = ({ start }: FieldRange): readonly Enclosing[] =>
    start >= graph.at.valueStart && start < graph.at.end ? inGraph : [];
  const { front, back } = additions(edit);
  const gone = [...edit.removed, ...edit.replaced.keys()];
  const starts = new Set(gone.map(({ start }) => start));
  // A weight that is left out is not moved to another file either.
  const weights = (request.weights ?? []).filter(({ inside }) => {
    return !inside.some(({ at }) => starts.has(at.start));
  });
  return toSegments(source.size, [
    { ...emptyAt(graph.at.valueStart), bytes: front, inside: inGraph },
    ...[...edit.removed].map((at) => removal(at, around(at))),
    ...[...edit.replaced].map(([{ start, end }, bytes]) => ({
      start,
      end,
      bytes,
      inside: inGraph,
    })),
    ...weights,
    { ...emptyAt(graph.at.end), bytes: back, inside: inGraph },
    { ...emptyAt(source.size), bytes: encodeOpsets(request.opsets ?? new Map()), inside: [] },
    ...metadataSplices(model, request.metadata ?? []),
  ]);
}

import type { Dim } from '@featuretap/core/spec';
import type { GraphIndex } from '../graph/graph-index.js';
import type { DeclaredDim } from '../proto/model.js';
import { inferFacts } from './infer-facts.js';

/** Height and width that are assumed when the file leaves them open, pixels. */
const ASSUMED_SIDE = 224;

/**
 * Two batch sizes to infer with. Primes that no network has as a width, so that a dimension which
 * follows the batch is told from one that does not.
 */
const BATCHES = [1009, 2003] as const;

/** Shape of every value; the batch is a name, all else a size. */
export interface SymbolicShapes {
  /** Shape of a value, or undefined when it cannot be inferred. */
  readonly shapeOf: (value: string) => readonly Dim[] | undefined;
  /** Whether a value's first axis is the batch, so that what follows describes one image. */
  isBatched(value: string): boolean;
  /** Name of the batch axis, or its fixed size. */
  readonly batch: Dim;
}

/**
 * Infers shapes with a symbolic batch.
 *
 * Instead of algebra on symbols, sizes are inferred twice with two concrete batches: what differs
 * follows the batch. All shape arithmetic (Shape, Gather, Concat, Div, …) stays plain integers.
 */
export function inferShapes(index: GraphIndex, inputName: string): SymbolicShapes {
  const declared = index.declarationOf.get(inputName)?.shape?.[0] ?? null;
  const batch: Dim = declared ?? 'batch';
  const runs = BATCHES.map((size) =>
    inferFacts(index, (dim: DeclaredDim, axis, value) => {
      const isBatch = dim === batch || (dim === null && axis === 0);
      if (isBatch) return size;
      return value === inputName ? ASSUMED_SIDE : null;
    }),
  );
  const shapes = new Map<string, readonly Dim[]>();
  const [first, second] = runs;
  for (const [value, fact] of first ?? []) {
    const other = second?.get(value)?.dims;
    if (other?.length !== fact.dims.length) continue;
    const dims = fact.dims.map((dim, axis) => mergeDim(dim, other[axis] ?? 0, batch));
    if (dims.every((dim) => dim !== null)) shapes.set(value, dims);
  }
  return {
    batch,
    shapeOf: (value) => shapes.get(value),
    isBatched: (value) => shapes.get(value)?.[0] === batch,
  };
}

function mergeDim(a: number, b: number, batch: Dim): Dim | null {
  if (a === b) return a;
  const factor = a / BATCHES[0];
  if (!Number.isInteger(factor) || factor * BATCHES[1] !== b) return null;
  return factor === 1 ? batch : `${factor}*${String(batch)}`;
}

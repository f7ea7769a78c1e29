import { z } from 'zod';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';
import type { VectorsLike } from './feature-vectors.js';
import { cosineSimilarity } from './cosine-similarity.js';

/** One vector of a gallery, found by {@link topSimilar}. */
export interface SimilarVector {
  /** Row of the gallery. */
  readonly index: number;
  /** Cosine similarity to the query, -1 to 1, as `cosineSimilarity` gives it. */
  readonly similarity: number;
}

/** Options of {@link topSimilar}. */
export interface TopSimilarOptions {
  /**
   * Number of vectors to return for each query; all of them when the gallery has fewer.
   *
   * @defaultValue 5
   */
  readonly k?: number;
}

const topSimilarOptionsSchema = strictOptions({ k: z.int().min(1).default(5) });

/**
 * The vectors of a gallery that are most similar to each query, most similar first; equal ones (as
 * float32) by their row, so that the order never depends on the run.
 *
 * Exact search: each query is compared with the whole gallery, [N, M] similarities are held.
 *
 * @param query - [N, D], float32 or float16.
 * @param gallery - [M, D], float32 or float16.
 * @returns one list for each query; empty lists for an empty gallery
 * @throws FeaturetapError `INPUT_INVALID` (as `cosineSimilarity`), `OPTION_INVALID`
 */
export function topSimilar(
  query: VectorsLike,
  gallery: VectorsLike,
  options: TopSimilarOptions = {},
): SimilarVector[][] {
  const { k } = parseWith(topSimilarOptionsSchema, options, 'options of topSimilar');
  const similarities = cosineSimilarity(query, gallery);
  return Array.from({ length: similarities.shape[0] }, (_, row) => {
    const values = similarities.row(row);
    return largest(values, k).map((index) => ({ index, similarity: values[index]! }));
  });
}

/** Positions of the `k` largest values; keeps a short sorted list, as `k` is small. */
function largest(values: Float32Array, k: number): number[] {
  const best: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (best.length === k && value <= values[best.at(-1)!]!) continue;
    if (best.length === k) best.pop();
    let [low, high] = [0, best.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[best[middle]!]! < value) high = middle;
      else low = middle + 1;
    }
    best.splice(low, 0, index);
  }
  return best;
}

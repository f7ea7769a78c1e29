import type { Dim } from '@featuretap/core/spec';
import { findImageInput } from './graph/find-image-input.js';
import { indexGraph } from './graph/graph-index.js';
import type { Model } from './proto/model.js';
import { inferShapes } from './shapes/symbolic-shapes.js';

/**
 * Shapes of all values of a graph, with the batch as a name; values whose shape cannot be inferred
 * are left out. Declared shapes are not needed, and nothing is executed.
 *
 * @throws FeaturetapError `MODEL_NO_IMAGE_INPUT`, `MODEL_MALFORMED`
 */
export function inferValueShapes(model: Model): ReadonlyMap<string, readonly Dim[]> {
  const index = indexGraph(model);
  const { shapeOf } = inferShapes(index, findImageInput(index).name);
  const found = new Map<string, readonly Dim[]>();
  for (const node of index.nodes) {
    for (const name of node.outputs) {
      const shape = shapeOf(name);
      if (shape !== undefined) found.set(name, shape);
    }
  }
  return found;
}

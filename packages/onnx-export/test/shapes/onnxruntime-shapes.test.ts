import { describe, expect, it } from 'vitest';
import { indexGraph } from '../../src/graph/graph-index.js';
import { inferShapes } from '../../src/shapes/symbolic-shapes.js';
import { exportBytes, EXPORTS, MODEL_SHAPES, modelBytes, parse } from '../read-fixture.js';

/** Values whose shape only running the model tells. */
const UNKNOWN = new Map([
  ['if', ['chosen']],
  ['nested-if', ['chosen']],
]);

const CASES = [
  ...MODEL_SHAPES.map(([name, shapes]) => ({ name, shapes, bytes: modelBytes(name) })),
  ...EXPORTS.map(([name, { shapes }]) => ({ name, shapes, bytes: exportBytes(name) })),
];

describe('inferShapes', () => {
  it.each(CASES)('agrees with onnxruntime on every value of $name', async (model) => {
    const inferred = inferShapes(indexGraph(await parse(model.bytes)), 'input');
    const unknown = UNKNOWN.get(model.name);
    for (const [value, shape] of Object.entries(model.shapes)) {
      // Behind an If nothing is known unless the file declares it; a wrong shape is never right.
      if (unknown !== undefined && inferred.shapeOf(value) === undefined) continue;
      expect(inferred.shapeOf(value), value).toEqual(shape);
    }
  });
});

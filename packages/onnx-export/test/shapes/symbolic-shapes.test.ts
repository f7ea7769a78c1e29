import { bytesSource } from '@featuretap/core/wire';
import { describe, expect, it } from 'vitest';
import { indexGraph } from '../../src/graph/graph-index.js';
import { readModel } from '../../src/proto/read-model.js';
import { pickValues } from '../../src/shapes/pick-values.js';
import { inferShapes } from '../../src/shapes/symbolic-shapes.js';
import { buildModel, SMALL_CNN } from '../build-model.js';

describe('inferShapes', () => {
  it('keeps the batch a name through convolutions, pooling and products', async () => {
    const index = indexGraph(await readModel(bytesSource(buildModel(SMALL_CNN))));
    const shapes = inferShapes(index, 'input');
    expect(shapes.batch).toBe('batch');
    expect(shapes.shapeOf('r1')).toEqual(['batch', 8, 16, 16]);
    expect(shapes.shapeOf('gap')).toEqual(['batch', 16, 1, 1]);
    expect(shapes.shapeOf('logits')).toEqual(['batch', 10]);
    expect(shapes.shapeOf('fc')).toEqual([10, 16]);
    expect(shapes.shapeOf('nowhere')).toBeUndefined();
  });

  it('follows shape arithmetic, also where the batch is part of a product', async () => {
    const index = indexGraph(
      await readModel(
        bytesSource(
          buildModel({
            ...SMALL_CNN,
            nodes: [
              ...SMALL_CNN.nodes,
              { op: 'Shape', inputs: ['r1'], output: 'shape' },
              { op: 'Reshape', inputs: ['r1', 'shape'], output: 'same' },
              { op: 'Transpose', inputs: ['r1'], output: 'nhwc', ints: { perm: [0, 2, 3, 1] } },
              { op: 'Flatten', inputs: ['nhwc'], output: 'rows', int: { axis: 3 } },
              { op: 'Unheard', inputs: ['r1'], output: 'unknown' },
            ],
          }),
        ),
      ),
    );
    const shapes = inferShapes(index, 'input');
    expect(shapes.shapeOf('same')).toEqual(['batch', 8, 16, 16]);
    expect(shapes.shapeOf('nhwc')).toEqual(['batch', 16, 16, 8]);
    expect(shapes.shapeOf('rows')).toEqual(['256*batch', 8]);
    expect(shapes.shapeOf('unknown')).toBeUndefined();
  });
});

describe('inferShapes on a graph that doubles a constant again and again', () => {
  it('stops following its values', async () => {
    const doublings = Array.from({ length: 60 }, (_, i) => ({
      op: 'Concat',
      inputs: [`s${i}`, `s${i}`],
      output: `s${i + 1}`,
      int: { axis: 0 },
    }));
    const shape = { op: 'Shape', inputs: ['r1'], output: 's0' };
    const spec = { ...SMALL_CNN, nodes: [...SMALL_CNN.nodes, shape, ...doublings] };
    const shapes = inferShapes(indexGraph(await readModel(bytesSource(buildModel(spec)))), 'input');
    expect(shapes.shapeOf('s3')).toEqual([32]);
    expect(shapes.shapeOf('r1')).toEqual(['batch', 8, 16, 16]);
  });
});

describe('pickValues', () => {
  it('takes each output element from the input position named', () => {
    const matrix = { dims: [2, 3], values: [1, 2, 3, 4, 5, 6] };
    const transposed = pickValues(matrix, [3, 2], ([row = 0, column = 0]) => [column, row]);
    expect(transposed).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it('knows nothing where the input has no values', () => {
    expect(pickValues({ dims: [2] }, [2], (position) => position)).toBeUndefined();
  });
});

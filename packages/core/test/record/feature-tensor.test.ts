import { describe, expect, it } from 'vitest';
import { featureTensor } from '../../src/record/feature-tensor.js';

const tensor = featureTensor({
  dtype: 'float32',
  shape: [3, 2, 1, 2],
  layout: 'NCHW',
  data: Float32Array.from({ length: 12 }, (_, i) => i),
});

describe('row', () => {
  it('is a view of one image', () => {
    const row = tensor.row(1);
    expect([...row]).toEqual([4, 5, 6, 7]);
    expect(row.buffer).toBe(tensor.data.buffer);
  });

  it.each([-1, 3, 0.5, Number.NaN])('%d is refused', (index) => {
    expect(() => tensor.row(index)).toThrow(/one of 3 images, counted from 0/u);
  });
});

describe('a feature tensor', () => {
  it('is plain data for other threads, JSON and comparison', () => {
    const copy = structuredClone(tensor);
    expect(copy).toEqual({
      dtype: 'float32',
      shape: [3, 2, 1, 2],
      layout: 'NCHW',
      data: tensor.data,
    });
    expect(Object.keys(tensor)).toEqual(['dtype', 'shape', 'layout', 'data']);
  });
});

import { describe, expect, it } from 'vitest';
import type { FeatureOutput } from '../../src/record/feature-output.js';
import { featureTensor, type FeatureTensor } from '../../src/record/feature-tensor.js';
import { extrasRow, recordRow } from '../../src/record/record-row.js';
import type { ExtraOutput } from '../../src/spec/manifest.js';
import type { Tensor } from '../../src/tensor/tensor.js';

function feature(rows: number, columns: number): FeatureTensor {
  const data = Float32Array.from({ length: rows * columns }, (_, index) => index);
  return featureTensor({ dtype: 'float32', shape: [rows, columns], layout: 'NC', data });
}

describe('the record of one image', () => {
  it('has views of its rows, in fields of one tensor and of several', () => {
    const [stage, branch, pooled] = [feature(3, 4), feature(3, 2), feature(3, 1)];
    const record = { stages: [stage], unpooled: [branch, branch], pooled } as FeatureOutput;
    const row = recordRow(record, 1);
    expect(Object.keys(row)).toEqual(['stages', 'unpooled', 'pooled']);
    expect([...row.stages[0]!.data]).toEqual([4, 5, 6, 7]);
    expect(row.stages[0]!.shape).toEqual([1, 4]);
    expect(row.stages[0]!.data.buffer).toBe(stage.data.buffer);
    expect((row.unpooled as readonly FeatureTensor[]).map(({ data }) => [...data])).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(row.pooled!.layout).toBe('NC');
    expect([...row.pooled!.row(0)]).toEqual([1]);
  });

  it('must be in the batch', () => {
    const record = { stages: [feature(3, 4)] } as FeatureOutput;
    expect(() => recordRow(record, 3)).toThrow(/one of 3 images/u);
  });
});

describe('the extra outputs of one image', () => {
  const data = Float32Array.from([0, 1, 2, 3, 4, 5]);
  const tensor: Tensor = { dtype: 'float32', shape: [3, 2], data };

  it.each<[string, ExtraOutput['shape'], readonly number[], readonly number[]]>([
    ['the batch first', ['batch', 2], [1, 2], [2, 3]],
    ['another axis first', ['channels', 2], [3, 2], [...data]],
    ['an unknown shape', null, [3, 2], [...data]],
  ])('with %s', (_, shape, expectedShape, values) => {
    const spec = { output: 'x', value: 'x', dtype: 'float32', shape } as ExtraOutput;
    const extras = new Map([['x', tensor]]);
    const row = extrasRow(extras, [spec], { batch: 'batch', rows: 3, index: 1 }).get('x')!;
    expect(row.shape).toEqual(expectedShape);
    expect([...row.data]).toEqual(values);
    expect(row.data.buffer).toBe(data.buffer);
  });
});

import { describe, expect, it } from 'vitest';
import { toJSON } from '../../src/features/to-json.js';
import { featureTensor } from '../../src/record/feature-tensor.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float16, float32 } from './feature-golden.js';

const pooled = featureTensor({
  dtype: 'float32',
  shape: [1, 4],
  layout: 'NC',
  data: Float32Array.of(0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
});
const stage = featureTensor({
  dtype: 'float32',
  shape: [1, 1, 1, 2],
  layout: 'NCHW',
  data: Float32Array.of(3, -4),
});

describe('toJSON of a tensor', () => {
  it('is its description alone by default', () => {
    const expected = { dtype: 'float32', shape: [1, 4], layout: 'NC', elements: 4 };
    expect(toJSON(pooled)).toEqual(expected);
    expect(toJSON(pooled)).not.toHaveProperty('data');
  });

  it('lists elements exactly, and names what JSON has no numbers for', () => {
    const text = JSON.stringify(toJSON(pooled, { maxElements: Infinity }).data);
    expect(text).toBe('[0.10000000149011612,"NaN","Infinity","-Infinity"]');
    expect(Math.fround(0.10000000149011612)).toBe(pooled.data[0]);
  });

  it('lists no more than asked for', () => {
    expect(toJSON(stage, { maxElements: 1 })).toMatchObject({ elements: 2, data: [3] });
    expect(toJSON(stage, { maxElements: 100 }).data).toEqual([3, -4]);
  });

  it.each<[Tensor, (number | string)[]]>([
    [float16({ shape: [3], data: [0.5, -2, Number.NaN] }), [0.5, -2, 'NaN']],
    [
      { dtype: 'int64', shape: [1], data: BigInt64Array.of(-(2n ** 60n)) },
      ['-1152921504606846976'],
    ],
    [
      { dtype: 'uint64', shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
      ['18446744073709551615'],
    ],
    [{ dtype: 'bool', shape: [2], data: Uint8Array.of(0, 1) }, [0, 1]],
    [{ dtype: 'float64', shape: [], data: Float64Array.of(Math.PI) }, [Math.PI]],
  ])('reads $dtype', (tensor, data) => {
    const { dtype, shape } = tensor;
    const json = toJSON(tensor, { maxElements: 10 });
    expect(json).toEqual({ dtype, shape: [...shape], elements: data.length, data });
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });

  it('refuses a tensor whose parts do not agree', () => {
    const broken = () => toJSON({ ...float32({ shape: [2], data: [1] }) });
    expect(broken).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  it.each([{ maxElements: -1 }, { maxElements: 0.5 }, { limit: 1 }])('refuses %j', (options) => {
    const describe_ = () => toJSON(stage, options);
    expect(describe_).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});

describe('toJSON of a record', () => {
  it('has the keys that the record has', () => {
    const extras = new Map<string, Tensor>([['__proto__', float32({ shape: [1], data: [7] })]]);
    const json = toJSON({ stages: [stage, stage], pooled, extras }, { maxElements: 1 });
    expect(Object.keys(json)).toEqual(['stages', 'pooled', 'extras']);
    expect(json.stages).toEqual([
      toJSON(stage, { maxElements: 1 }),
      toJSON(stage, { maxElements: 1 }),
    ]);
    expect(json.pooled?.data).toEqual([Math.fround(0.1)]);
    expect(Object.entries(json.extras!)).toEqual([
      ['__proto__', { dtype: 'float32', shape: [1], elements: 1, data: [7] }],
    ]);
  });

  it('keeps branches of unpooled apart, and one alone', () => {
    expect(toJSON({ unpooled: stage }).unpooled).toEqual(toJSON(stage));
    expect(toJSON({ unpooled: [stage, stage] }).unpooled).toEqual([toJSON(stage), toJSON(stage)]);
  });
});

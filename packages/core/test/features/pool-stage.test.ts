import { describe, expect, it } from 'vitest';
import { poolStage, type PoolStageOptions } from '../../src/features/pool-stage.js';
import {
  expectClose,
  featureGolden,
  float16,
  float32,
  type GoldenTensor,
} from './feature-golden.js';

const golden = featureGolden('pooling') as {
  stage: GoldenTensor;
  cases: { options: PoolStageOptions; pooled: number[] }[];
};
const stage = { ...float32(golden.stage), layout: 'NCHW' as const };

/** The same values with the channels last. */
function channelsLast() {
  const [n = 0, c = 0, h = 0, w = 0] = stage.shape;
  const data = Float32Array.from(stage.data, (_, i) => {
    const [channel, position, image] = [
      i % c,
      Math.floor(i / c) % (h * w),
      Math.floor(i / c / h / w),
    ];
    return stage.data[(image * c + channel) * h * w + position]!;
  });
  return { dtype: 'float32' as const, shape: [n, h, w, c], layout: 'NHWC' as const, data };
}

describe('poolStage', () => {
  it.each(golden.cases)('$options gives what torch gives', ({ options, pooled }) => {
    const { dtype, shape, layout, data } = poolStage(stage, options);
    expect({ dtype, shape, layout }).toEqual({ dtype: 'float32', shape: [2, 3], layout: 'NC' });
    expectClose(data, pooled, 1e-6);
  });

  it.each(golden.cases)('$options is the same for channels that come last', ({ options }) => {
    expect(poolStage(channelsLast(), options)).toEqual(poolStage(stage, options));
  });

  it.each(golden.cases)('$options reads float16', ({ options, pooled }) => {
    const half = { ...float16(golden.stage), layout: 'NCHW' as const };
    expectClose(poolStage(half, options).data, pooled, 2e-3);
  });

  it('gives a row a view of one image', () => {
    const pooled = poolStage(stage, { kind: 'avg' });
    expect(pooled.row(1)).toEqual(pooled.data.subarray(3));
    expect(pooled.row(1).buffer).toBe(pooled.data.buffer);
  });

  it('gives nothing for an empty batch', () => {
    const empty = { ...stage, shape: [0, 3, 4, 5], data: new Float32Array(0) };
    expect(poolStage(empty, { kind: 'max' }).shape).toEqual([0, 3]);
  });

  it.each(['avg', 'max', 'gem'] as const)('%s keeps a NaN to its own channel', (kind) => {
    const shape = [1, 2, 1, 2];
    const data = Float32Array.of(1, Number.NaN, 2, 2);
    const pooled = poolStage({ dtype: 'float32', shape, layout: 'NCHW', data }, { kind }).data;
    expect(pooled[0]).toBeNaN();
    expect(pooled[1]).toBeCloseTo(2, 6);
  });

  it.each<[string, object, RegExp]>([
    ['tokens', { shape: [2, 12, 5], layout: 'NLC' }, /layout NCHW or NHWC.*got NLC \[2, 12, 5\]/u],
    ['vectors', { shape: [2, 60], layout: 'NC' }, /got NC \[2, 60\]/u],
    [
      'a map without positions',
      { shape: [2, 3, 0, 5], data: new Float32Array(0) },
      /\[2, 3, 0, 5\]/u,
    ],
    ['a shape that the data does not have', { shape: [2, 3, 4, 6] }, /144 elements.*got 120/u],
    [
      'integers, even none of them',
      { dtype: 'int32', shape: [0, 3, 4, 5], data: new Int32Array(0) },
      /float32 or float16 tensor, got int32/u,
    ],
  ])('refuses %s', (_, change, message) => {
    const broken = { ...stage, ...change };
    const pool = () => poolStage(broken, { kind: 'avg' });
    expect(pool).toThrow(message);
    expect(pool).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  it.each<[object, RegExp]>([
    [{}, /kind/u],
    [{ kind: 'mean' }, /kind/u],
    [{ kind: 'avg', p: 3 }, /unknown option p; known options are kind/u],
    [{ kind: 'gem', p: 0 }, /p: /u],
    [{ kind: 'gem', eps: -1 }, /eps: /u],
  ])('refuses the options %j', (options, message) => {
    const pool = () => poolStage(stage, options as PoolStageOptions);
    expect(pool).toThrow(message);
    expect(pool).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});

import type { Tensor } from '@featuretap/core';
import { describe, expect, it } from 'vitest';
import { compareBits, compareNear } from '../../src/verify/compare.js';

const float32 = (values: number[], shape = [values.length]): Tensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

/** 1, 2 and 4 as float16 bits. */
const float16: Tensor = {
  dtype: 'float16',
  shape: [3],
  data: Uint16Array.of(0x3c00, 0x4000, 0x4400),
};

describe('compareNear', () => {
  it('measures against the largest value of the reference', () => {
    const reference = float32([0, 100, -200]);
    const ours = float32([0.01, 100, -200]);
    const near = compareNear('x', ours, reference, 1e-4);
    expect(near.ok).toBe(true);
    expect(near.error).toBeCloseTo(5e-5, 8);
    expect(compareNear('x', ours, reference, 1e-5).ok).toBe(false);
  });

  it('says where the largest difference is, as an index for each axis', () => {
    const reference = float32([1, 2, 3, 4, 5, 6], [1, 2, 3]);
    const ours = float32([1, 2.5, 3, 4, 9, 6], [1, 2, 3]);
    expect(compareNear('x', ours, reference, 1e-4).detail).toBe('largest at [0, 1, 1]');
  });

  it.each([
    ['NaN in the first place only', [NaN, 1, 2], [0, 1, 2], '[0]'],
    ['NaN in the middle', [0, NaN, 2], [0, 1, 2], '[1]'],
    ['infinity', [0, 1, Infinity], [0, 1, 2], '[2]'],
    ['NaN in the reference', [0, 1, 2], [0, NaN, 2], '[1]'],
    ['NaN in both', [0, NaN], [0, NaN], '[1]'],
    ['infinity in both', [Infinity, 5], [Infinity, 0], '[0]'],
  ])('fails for %s', (_name, ours, reference, at) => {
    const result = compareNear('x', float32(ours), float32(reference), 1e9);
    expect(result).toMatchObject({ ok: false, error: Infinity });
    expect(result.detail).toContain(`at ${at}`);
  });

  it('fails where the reference is zero and the field is not', () => {
    expect(compareNear('x', float32([0, 1e-9]), float32([0, 0]), 1e-4).ok).toBe(false);
    expect(compareNear('x', float32([0, 0]), float32([0, 0]), 1e-4).ok).toBe(true);
  });

  it('reads float16 as numbers, not as their bits', () => {
    expect(compareNear('x', float16, float32([1, 2, 4]), 0)).toMatchObject({ ok: true, error: 0 });
    expect(compareNear('x', float16, float32([1, 2, 5]), 1e-4).ok).toBe(false);
  });

  it('fails for a missing field and for another shape', () => {
    const reference = float32([1, 2], [1, 2]);
    expect(compareNear('x', undefined, reference, 1).ok).toBe(false);
    expect(compareNear('x', float32([1, 2], [2, 1]), reference, 1)).toMatchObject({
      ok: false,
      detail: 'shape [2, 1], expected [1, 2]',
    });
  });
});

describe('compareBits', () => {
  it('takes the same bits, NaN and part of a larger buffer included', () => {
    const whole = Float32Array.of(9, NaN, 2);
    const ours: Tensor = { dtype: 'float32', shape: [2], data: whole.subarray(1) };
    expect(compareBits('x', ours, float32([NaN, 2]))).toMatchObject({ ok: true, error: 0 });
  });

  it.each([
    ['the last bit', float32([1, 2 + 2 ** -22]), 'bits differ, most at [1]'],
    ['the sign of zero', float32([1, -0]), 'bits differ'],
    ['another shape', float32([1, 2], [1, 2]), 'shape [1, 2], expected [2]'],
    [
      'another dtype',
      { dtype: 'int32', shape: [2], data: Int32Array.of(1, 2) } satisfies Tensor,
      'int32, expected float32',
    ],
    ['nothing', undefined, 'missing'],
  ])('fails for %s', (what, ours, detail) => {
    const theirs = what === 'the sign of zero' ? float32([1, 0]) : float32([1, 2]);
    const result = compareBits('x', ours, theirs);
    expect(result.ok).toBe(false);
    expect(result.detail).toContain(detail);
  });
});

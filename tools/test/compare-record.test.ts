import type { Tensor } from '@featuretap/core';
import { describe, expect, it } from 'vitest';
import { fieldOf, relativeError } from '../src/parity/compare-record.js';

function tensor(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  return { dtype: 'float32', shape: [...shape], data: Float32Array.from(values) };
}

describe('relativeError', () => {
  it('is the largest difference over the largest value of the reference', () => {
    expect(relativeError(tensor([1, -4, 2]), tensor([1, -8, 2]))).toBe(0.5);
    expect(relativeError(tensor([1, -8, 4]), tensor([1, -8, 2]))).toBe(0.25);
    // The scale is the reference's alone.
    expect(relativeError(tensor([0, 100]), tensor([0, 10]))).toBe(9);
  });

  it('does not see signs cancel', () => {
    expect(relativeError(tensor([2, -2]), tensor([-2, 2]))).toBe(2);
  });

  it('is 0 for equal tensors, also of zeros or without elements', () => {
    expect(relativeError(tensor([1, 2]), tensor([1, 2]))).toBe(0);
    expect(relativeError(tensor([0, 0]), tensor([0, 0]))).toBe(0);
    expect(relativeError(tensor([], [0, 3]), tensor([], [0, 3]))).toBe(0);
  });

  it('is infinite where only the reference is zero', () => {
    expect(relativeError(tensor([0, 1e-30]), tensor([0, 0]))).toBe(Infinity);
  });

  it.each([
    ['NaN in ours', [1, NaN], [1, 2]],
    ['NaN in the reference', [1, 2], [1, NaN]],
    ['NaN in both', [NaN, 2], [NaN, 2]],
    ['NaN before a larger value', [NaN, 1000], [1, 1000]],
    ['infinity in ours', [Infinity, 2], [1, 2]],
    ['infinity in both', [Infinity, 2], [Infinity, 2]],
  ])('is infinite for %s', (_what, ours, reference) => {
    expect(relativeError(tensor(ours), tensor(reference))).toBe(Infinity);
  });

  it('is infinite for another shape of as many elements, or nothing', () => {
    const reference = tensor([1, 2, 3, 4], [2, 2]);
    expect(relativeError(tensor([1, 2, 3, 4], [4]), reference)).toBe(Infinity);
    expect(relativeError(tensor([1, 2, 3, 4], [1, 4]), reference)).toBe(Infinity);
    expect(relativeError(tensor([1, 2], [2]), reference)).toBe(Infinity);
    expect(relativeError(undefined, reference)).toBe(Infinity);
  });

  it('compares float16 by value', () => {
    // 0x3c00 is 1, 0x4000 is 2, 0xc000 is -2.
    const half: Tensor = { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) };
    expect(relativeError(half, tensor([1, -2]))).toBe(0);
    expect(relativeError(half, tensor([1, -4]))).toBe(0.5);
  });
});

describe('fieldOf', () => {
  it.each([
    ['stages.0', 'stages'],
    ['stages.11', 'stages'],
    ['unpooled', 'unpooled'],
    ['unpooled.1', 'unpooled'],
    ['logits', 'logits'],
  ])('%s is of %s', (key, name) => {
    expect(fieldOf(key)).toBe(name);
  });
});

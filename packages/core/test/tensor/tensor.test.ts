import { describe, expect, it } from 'vitest';
import { elementCount, checkTensor, type Tensor } from '../../src/tensor/tensor.js';
import { toFloat32 } from '../../src/tensor/to-float32.js';

describe('elementCount', () => {
  it.each([
    [[], 1],
    [[2, 3], 6],
    [[0, 2 ** 40], 0],
    [[2 ** 30, 2 ** 30], Number.POSITIVE_INFINITY],
    [[-1], Number.NaN],
    [[1.5], Number.NaN],
  ])('of %j is %d', (shape, count) => {
    expect(elementCount(shape)).toBe(count);
  });
});

describe('checkTensor', () => {
  const good: Tensor = { dtype: 'uint8', shape: [2], data: new Uint8Array(2) };

  it('accepts a Buffer as uint8 data', () => {
    expect(() => {
      checkTensor({ ...good, data: Buffer.alloc(2) }, 'x');
    }).not.toThrow();
  });

  it.each([
    ['an unknown dtype', { dtype: 'float8' }, /a dtype of float32, .* in x, got "float8"/u],
    ['a member of Object', { dtype: 'toString' }, /a dtype of/u],
    ['a missing shape', { shape: undefined }, /a shape of integers/u],
    ['a negative axis', { shape: [-2] }, /a shape of integers/u],
    [
      'another array type',
      { data: new Int8Array(2) },
      /a Uint8Array for dtype uint8 in x, got Int8Array/u,
    ],
    ['a plain list', { data: [1, 2] }, /got object/u],
    ['too few elements', { data: new Uint8Array(1) }, /2 elements for shape \[2\] in x, got 1/u],
  ])('refuses %s', (_, change, message) => {
    const tensor = { ...good, ...change } as Tensor;
    expect(() => {
      checkTensor(tensor, 'x');
    }).toThrow(message);
  });
});

describe('toFloat32', () => {
  it('hands float32 through and converts float16', () => {
    const data = new Float32Array([1, 2]);
    expect(toFloat32({ dtype: 'float32', data })).toBe(data);
    const halves = new Uint16Array([0x3c00, 0xc000]);
    expect(toFloat32({ dtype: 'float16', data: halves })).toEqual(new Float32Array([1, -2]));
  });

  it('refuses integers', () => {
    expect(() => toFloat32({ dtype: 'uint8', data: new Uint8Array(1) })).toThrow(/got uint8/u);
  });
});

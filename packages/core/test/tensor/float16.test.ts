import { describe, expect, it } from 'vitest';
import { fromFloat16Bits, toFloat16Bits } from '../../src/tensor/float16.js';

describe('float16', () => {
  it('converts all 65 536 bit patterns to numbers and back', () => {
    for (let half = 0; half < 0x10000; half++) {
      const number = fromFloat16Bits(half);
      if (Number.isNaN(number)) expect(half & 0x7fff).toBeGreaterThan(0x7c00);
      else if (toFloat16Bits(number) !== half) expect.fail(`0x${half.toString(16)}`);
    }
  });

  it.each([
    // Reference values by IEEE 754: ties go to the even neighbour.
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 + 2 ** -11 + 2 ** -20, 0x3c01],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [1e9, 0x7c00],
    [-1e9, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -14 - 2 ** -25, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.001, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [-0, 0x8000],
  ])('rounds %d to 0x%s', (number, half) => {
    expect(toFloat16Bits(number)).toBe(half);
  });

  it('keeps NaN', () => {
    expect(fromFloat16Bits(toFloat16Bits(Number.NaN))).toBeNaN();
  });
});

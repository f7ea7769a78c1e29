import { describe, expect, it } from 'vitest';
import { l2Normalize } from '../../src/features/l2-normalize.js';
import { isFeaturetapError } from '../../src/spec/errors.js';
import { toFloat16Bits } from '../../src/tensor/float16.js';
import type { Tensor } from '../../src/tensor/tensor.js';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isFeaturetapError(error)) return error.code;
    throw error;
  }
  return 'none';
}

const tensor = (rows: readonly (readonly number[])[]): Tensor<'float32'> => ({
  dtype: 'float32',
  shape: [rows.length, rows[0]?.length ?? 0],
  data: Float32Array.from(rows.flat()),
});

describe('l2Normalize of a vector', () => {
  it('divides by the length and leaves the input as it is', () => {
    const vector = new Float32Array([3, 0, -4]);
    // 3/5 and 4/5, each rounded to float32 once.
    expect([...l2Normalize(vector)]).toEqual([Math.fround(0.6), 0, Math.fround(-0.8)]);
    expect([...vector]).toEqual([3, 0, -4]);
  });

  it('has no overflow and no underflow in squares', () => {
    const large = l2Normalize(new Float32Array([3e38, 0, 3e38]));
    const small = l2Normalize(new Float32Array([1e-40, 0, 1e-40]));
    for (const vector of [large, small]) {
      expect(vector[0]).toBeCloseTo(Math.SQRT1_2, 6);
      expect(vector[2]).toBeCloseTo(Math.SQRT1_2, 6);
    }
  });

  it('leaves zeros, which have no direction', () => {
    expect([...l2Normalize(new Float32Array(3))]).toEqual([0, 0, 0]);
  });

  it.each([[[]], [[1, Number.NaN]], [[Number.POSITIVE_INFINITY, 1]]])('refuses %j', (values) => {
    expect(codeOf(() => l2Normalize(Float32Array.from(values)))).toBe('INPUT_INVALID');
  });
});

describe('l2Normalize of a tensor', () => {
  it('divides each row by its own length', () => {
    const normalized = l2Normalize(
      tensor([
        [3, 4],
        [0, 0],
        [0, -2],
      ]),
    );
    const [x, y] = [Math.fround(0.6), Math.fround(0.8)];
    expect([...normalized.data]).toEqual([x, y, 0, 0, 0, -1]);
    expect(normalized.shape).toEqual([3, 2]);
    expect([normalized.dtype, normalized.layout]).toEqual(['float32', 'NC']);
    expect([...normalized.row(0)]).toEqual([x, y]);
    expect(normalized.row(0).buffer).toBe(normalized.data.buffer);
  });

  it('takes float16 bits and gives float32', () => {
    const data = Uint16Array.from([3, 4], toFloat16Bits);
    const normalized = l2Normalize({ dtype: 'float16', shape: [1, 2], data });
    expect([...normalized.data]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
  });

  it('takes an empty batch', () => {
    const empty = l2Normalize({ dtype: 'float32', shape: [0, 4], data: new Float32Array(0) });
    expect(empty.shape).toEqual([0, 4]);
  });

  it('refuses maps, and rows that are not finite', () => {
    const map: Tensor = { dtype: 'float32', shape: [1, 2, 1, 1], data: new Float32Array(2) };
    expect(codeOf(() => l2Normalize(map))).toBe('INPUT_INVALID');
    expect(codeOf(() => l2Normalize(tensor([[1, Number.NaN]])))).toBe('INPUT_INVALID');
  });
});

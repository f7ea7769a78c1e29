import { describe, expect, it } from 'vitest';
import { topLabels } from '../../src/record/top-labels.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { toFloat16Bits } from '../../src/tensor/float16.js';

function logits(...rows: number[][]): Tensor {
  return {
    dtype: 'float32',
    shape: [rows.length, rows[0]!.length],
    data: Float32Array.from(rows.flat()),
  };
}

describe('topLabels', () => {
  it('is the softmax, most probable first', () => {
    // ln 1, ln 2, ln 5: the powers are 1, 2 and 5 of 8.
    const [first, second, third] = topLabels(logits([0, Math.log(2), Math.log(5)]), {
      labels: ['a', 'b', 'c'],
    });
    expect(first).toMatchObject({ index: 2, label: 'c' });
    expect(first!.probability).toBeCloseTo(5 / 8, 7);
    expect(second!.probability).toBeCloseTo(2 / 8, 7);
    expect(third!.probability).toBeCloseTo(1 / 8, 7);
  });

  it('puts equal classes in the order of their index', () => {
    const top = topLabels(logits([1, 3, 3, 1, 3]), { k: 4 });
    expect(top.map((score) => score.index)).toEqual([1, 2, 4, 0]);
  });

  it('does not overflow, and gives masked classes no probability', () => {
    const top = topLabels(logits([1000, Number.NEGATIVE_INFINITY, 1000, -1000]), { k: 9 });
    expect(top.map((score) => score.probability)).toEqual([0.5, 0.5, 0, 0]);
  });

  it('takes a row of a batch, and float16', () => {
    expect(topLabels(logits([9, 0], [0, 9]), { row: 1, k: 1 })[0]!.index).toBe(1);
    const half: Tensor = {
      dtype: 'float16',
      shape: [1, 2],
      data: Uint16Array.of(toFloat16Bits(-1), toFloat16Bits(2)),
    };
    expect(topLabels(half, { k: 1 })).toMatchObject([{ index: 1, label: null }]);
  });

  it.each<[string, Tensor, object, string]>([
    ['a vector', { dtype: 'float32', shape: [2], data: new Float32Array(2) }, {}, 'INPUT_INVALID'],
    ['a row that is not there', logits([1, 2]), { row: 1 }, 'INPUT_INVALID'],
    ['NaN', logits([1, Number.NaN]), {}, 'INPUT_INVALID'],
    ['infinity', logits([1, Number.POSITIVE_INFINITY]), {}, 'INPUT_INVALID'],
    ['other labels', logits([1, 2]), { labels: ['a'] }, 'LABELS_INVALID'],
    ['no labels at all', logits([1, 2]), { k: 0 }, 'OPTION_INVALID'],
    ['an unknown option', logits([1, 2]), { top: 3 }, 'OPTION_INVALID'],
  ])('refuses %s', (_, tensor, options, code) => {
    expect(() => topLabels(tensor, options)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

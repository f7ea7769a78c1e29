import { describe, expect, it } from 'vitest';
import { similarNames } from '../../src/graph/similar-names.js';

const NAMES = [
  'relu_1',
  'relu_2',
  'relu_33',
  'Conv_output',
  '/layer4/layer4.2/relu_2/Relu_output_0',
  '/layer4/layer4.2/Add_output_0',
  '/head/Gemm_output_0',
];

describe('similarNames', () => {
  it.each<[string, string[]]>([
    ['relu_11', ['relu_1', 'relu_2', 'relu_33']],
    ['conv_output', ['Conv_output']],
    ['layer4.2', ['/layer4/layer4.2/Add_output_0', '/layer4/layer4.2/relu_2/Relu_output_0']],
    ['/layer4/layer4.2/Add', ['/layer4/layer4.2/Add_output_0']],
    ['/layer4/layer4.2/add_output_1', ['/layer4/layer4.2/Add_output_0']],
    ['nothing of it', []],
    ['', []],
    ['zz', []],
  ])('finds what %s may have meant', (wanted, expected) => {
    expect(similarNames(wanted, NAMES)).toEqual(expected);
  });

  it('returns as many as asked for', () => {
    expect(similarNames('relu_3', NAMES, 1)).toHaveLength(1);
    const many = Array.from({ length: 100 }, (_, i) => `value_${i}`);
    expect(similarNames('value_x', many)).toHaveLength(5);
  });

  it('takes bounded time for very many names', () => {
    const names = Array.from(
      { length: 100_000 },
      (_, i) => `${(i * 7919).toString(36)}${'abcdefghij'.repeat(14)}${i.toString(36)}`,
    );
    const start = performance.now();
    similarNames(`q${'jihgfedcba'.repeat(14)}q`, names);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('takes bounded time for very long names', () => {
    const long = 'a'.repeat(1 << 20);
    const start = performance.now();
    expect(similarNames(long, [long])).toEqual([]);
    expect(
      similarNames('aab', [...Array.from({ length: 100 }, (_, i) => `${long}${i}`), 'aac']),
    ).toEqual(['aac']);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

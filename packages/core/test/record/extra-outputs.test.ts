import { describe, expect, it } from 'vitest';
import { buildExtras } from '../../src/record/extra-outputs.js';
import type { ExtraOutput } from '../../src/spec/manifest.js';
import type { Tensor } from '../../src/tensor/tensor.js';

const tensor: Tensor = { dtype: 'float32', shape: [2, 3], data: new Float32Array(6) };

function build(extra: Partial<ExtraOutput>, batch: number | string = 'batch', given = tensor) {
  const spec: ExtraOutput = { output: 'x', value: 'x', dtype: null, shape: null, ...extra };
  return buildExtras([spec], new Map([['x', given]]), { shape: [batch, 3, 8, 8] }, 2).get('x');
}

describe('buildExtras', () => {
  it.each<[string, Partial<ExtraOutput>, number | string]>([
    ['nothing said of it', {}, 'batch'],
    ['dtype and shape as said', { dtype: 'float32', shape: ['batch', 3] }, 'batch'],
    ['a size that only a run tells', { shape: ['batch', 'classes'] }, 'batch'],
    ['a first axis of another name', { shape: ['rows', 3] }, 'batch'],
    ['a first axis that is the fixed batch', { shape: [1, 3] }, 1],
  ])('hands a tensor through: %s', (_, extra, batch) => {
    expect(build(extra, batch)).toBe(tensor);
  });

  it.each<[string, Partial<ExtraOutput>, Tensor, RegExp]>([
    [
      'another number of rows',
      { shape: ['batch', 3] },
      { ...tensor, shape: [6, 1] },
      /"x" to be any dtype \[2, 3\] for 2 images, got float32 \[6, 1\]/u,
    ],
    ['another size', { shape: ['rows', 4] }, tensor, /any dtype \[rows, 4\]/u],
    ['another rank', { shape: ['batch'] }, tensor, /any dtype \[2\]/u],
    ['another dtype', { dtype: 'int64' }, tensor, /int64 any shape for 2 images, got float32/u],
  ])('refuses %s', (_, extra, given, message) => {
    expect(() => build(extra, 'batch', given)).toThrow(message);
  });

  it('refuses an output that did not come', () => {
    const spec: ExtraOutput = { output: 'x', value: null, dtype: null, shape: null };
    expect(() => buildExtras([spec], new Map(), { shape: [1] }, 1)).toThrow(/got nothing/u);
  });
});

import { describe, expect, it } from 'vitest';
import { assembleBatch, createDecodeLimit } from '../../src/session/assemble-batch.js';
import { createBatchBuffers } from '../../src/session/batch-buffers.js';
import type { BatchItem } from '../../src/session/runner.js';

describe('inputs of batches', () => {
  it('are used again when they were given back, never while a batch has them', () => {
    const buffers = createBatchBuffers('float32');
    const [first, second] = [buffers.take(6), buffers.take(6)];
    expect(second).not.toBe(first);
    buffers.give(first);
    expect(buffers.take(6)).toBe(first);
    expect(buffers.take(6)).not.toBe(second);
  });

  it('of another size are not kept', () => {
    const buffers = createBatchBuffers('uint8');
    const large = buffers.take(12);
    buffers.give(large);
    const small = buffers.take(3);
    expect(small).toHaveLength(3);
    buffers.give(small);
    expect(buffers.take(12)).not.toBe(large);
  });

  it('hold nothing of the batch before, whose rows were more', async () => {
    const setup = {
      model: { kind: 'path', path: 'none', files: [], weightsFolder: null },
      input: { name: 'input', dtype: 'float32', shape: ['batch', 2], layout: null },
      head: null,
      preprocess: null,
      policy: 'as-trained',
      threads: 1,
      graphOptimizationLevel: 'all',
    } as const;
    const buffers = createBatchBuffers('float32');
    const row = (...values: number[]): BatchItem => {
      const tensor = { dtype: 'float32', shape: [1, 2], data: Float32Array.from(values) } as const;
      return { kind: 'tensor', tensor, rows: 1 };
    };
    const bad: BatchItem = { kind: 'encoded', source: 'no-cat.jpg', rows: 1 };
    const assemble = (items: readonly BatchItem[]) => {
      const rest = { shape: [3, 2], outputs: [], badItems: 'skip', stop: null } as const;
      return assembleBatch({ items, ...rest }, setup, createDecodeLimit(setup), buffers);
    };
    const before = await assemble([row(1, 2), row(3, 4), row(5, 6)]);
    const { buffer } = before.input!.data;
    before.release();
    const after = await assemble([row(7, 8), bad, row(9, 10)]);
    expect(after.input!.data.buffer).toBe(buffer);
    expect(after.input!.shape).toEqual([2, 2]);
    expect([...after.input!.data]).toEqual([7, 8, 9, 10]);
  });
});

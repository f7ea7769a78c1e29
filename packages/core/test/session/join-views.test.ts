import { describe, expect, it } from 'vitest';
import type { OpenSession } from '../../src/session/open-session.js';
import { joinViews } from '../../src/session/open-views.js';
import type { Tensor } from '../../src/tensor/tensor.js';

const INPUT = { name: 'pooled', dtype: 'float32', shape: ['batch', 1], layout: 'NC' } as const;

/** A session that multiplies, and keeps what it was asked. */
function multiplying(factor: number) {
  const asked: { data: number[]; outputs: readonly string[] }[] = [];
  let released = 0;
  const session: OpenSession = {
    info: { inputs: [], outputs: [{ name: `by ${factor}`, dtype: 'float32', shape: [] }] },
    run: (input, outputs) => {
      const data = Float32Array.from(input.data as Float32Array, (value) => value * factor);
      asked.push({ data: Array.from(input.data, Number), outputs });
      return Promise.resolve(new Map(outputs.map((name) => [name, { ...input, data }])));
    },
    release: () => {
      released++;
      return Promise.resolve();
    },
  };
  return { asked, session, released: () => released };
}

const images: Tensor = { dtype: 'float32', shape: [3, 1], data: Float32Array.of(1, 2, 3) };

describe('a backbone and a head as one session', () => {
  it('runs the head on what the backbone returns', async () => {
    const backbone = multiplying(2);
    const head = multiplying(10);
    const setup = { input: INPUT, outputs: ['logits'] };
    const joined = joinViews(backbone.session, head.session, setup);
    const results = await joined.run(images, ['logits', 'stages.0']);
    expect([...results.keys()]).toEqual(['logits', 'stages.0']);
    expect([...results.get('logits')!.data]).toEqual([20, 40, 60]);
    expect(backbone.asked).toEqual([{ data: [1, 2, 3], outputs: ['stages.0', 'pooled'] }]);
    expect(head.asked).toEqual([{ data: [2, 4, 6], outputs: ['logits'] }]);
    expect(joined.info.head).toBe(head.session.info);
  });

  it('does not run the head when no output of it is asked for', async () => {
    const backbone = multiplying(2);
    const head = multiplying(10);
    const setup = { input: INPUT, outputs: ['logits'] };
    const joined = joinViews(backbone.session, head.session, setup);
    await joined.run(images, ['pooled', 'stages.0']);
    expect(backbone.asked.map((each) => each.outputs)).toEqual([['pooled', 'stages.0']]);
    expect(head.asked).toEqual([]);
  });

  it('fetches nothing but what the head takes when only that is needed', async () => {
    const backbone = multiplying(2);
    const joined = joinViews(backbone.session, multiplying(10).session, {
      input: { ...INPUT, shape: [2, 1] },
      outputs: ['logits'],
    });
    const results = await joined.run(images, ['logits']);
    expect(backbone.asked.map((each) => each.outputs)).toEqual([['pooled']]);
    expect(results.get('logits')).toEqual({ ...images, data: Float32Array.of(20, 40, 60) });
  });

  it('releases both', async () => {
    const backbone = multiplying(2);
    const head = multiplying(10);
    await joinViews(backbone.session, head.session, { input: INPUT, outputs: [] }).release();
    expect([backbone.released(), head.released()]).toEqual([1, 1]);
  });
});

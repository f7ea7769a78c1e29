import { describe, expect, it } from 'vitest';
import { findCutValues } from '../../src/graph/cut-values.js';
import { indexGraph, type GraphIndex } from '../../src/graph/graph-index.js';
import { modelBytes, parse } from '../read-fixture.js';

async function index(name: string): Promise<GraphIndex> {
  return indexGraph(await parse(modelBytes(name)));
}

describe('findCutValues', () => {
  it.each(['conv', 'unsorted', 'conv-ir3'])(
    'leaves out what a residual connection passes by, in %s',
    async (name) => {
      const { cuts } = findCutValues(await index(name), 'input', 'logits');
      // c1 is the branch beside the connection from r0 to a1.
      expect(cuts).toEqual(['c0', 'r0', 'a1', 'r1', 'c2', 'r2', 'gap', 'flat', 'logits']);
    },
  );

  it('does not count reading the shape of the input as data', async () => {
    const flow = findCutValues(await index('tokens-opset18'), 'input', 'logits');
    expect(flow.cuts).toEqual(
      expect.arrayContaining(['patches', 'positions', 't0', 't1', 't2', 'pooled.vector']),
    );
    expect(flow.carriesData('cls.rows')).toBe(false);
    expect(flow.carriesData('m1')).toBe(true);
    expect(flow.cuts).not.toContain('m1');
  });

  it.each(['if', 'nested-if'])('follows what the bodies of %s capture', async (name) => {
    const flow = findCutValues(await index(name), 'input', 'logits');
    expect(flow.carriesData('chosen')).toBe(true);
    expect(flow.cuts).toEqual(expect.arrayContaining(['r2', 'chosen', 'gap']));
  });
});

describe('indexGraph', () => {
  it('sorts nodes and counts captured values as used', async () => {
    const sorted = (await index('unsorted')).nodes.map(({ name }) => name);
    expect(sorted).toEqual((await index('conv')).nodes.map(({ name }) => name));
    const nested = await index('nested-if');
    expect(nested.consumersOf.get('r2')?.map(({ opType }) => opType)).toEqual(['If']);
  });

  it('tells weights that are listed as inputs from inputs', async () => {
    expect((await index('conv-ir3')).inputs.map(({ name }) => name)).toEqual(['input']);
  });

  it.each(['bad-cyclic', 'bad-made-twice'])('refuses %s', async (name) => {
    await expect(index(name)).rejects.toMatchObject({ code: 'MODEL_MALFORMED' });
  });

  it('lists every consumer of a shared weight', async () => {
    expect((await index('shared-weight')).consumersOf.get('again.w')).toHaveLength(3);
  });

  it.each(['__proto__', '495', 'a\u001b[31m\nb'])('knows a value called %j', async (value) => {
    const { producerOf, consumersOf } = await index('odd-names');
    expect(producerOf.get(value)?.outputs).toEqual([value]);
    expect(consumersOf.get(value)?.length).toBeGreaterThan(0);
  });
});

import { describe, expect, it } from 'vitest';
import { listCallValues } from '../../src/graph/list-call-values.js';
import { readFunctions } from '../../src/proto/read-functions.js';
import { functionModel, type FunctionParts } from '../build-function.js';
import { parse } from '../read-fixture.js';

async function list(bytes: Uint8Array, count = Infinity): Promise<string[]> {
  const model = await parse(bytes);
  const listed: string[] = [];
  for await (const path of listCallValues(
    model,
    await readFunctions(model.source, model.functions),
  )) {
    if (listed.push(path) >= count) break;
  }
  return listed;
}

const call = (op: string, input: string, output: string, name: string) => ({
  op,
  domain: 'local',
  inputs: [input],
  outputs: [output],
  name,
});

/** Functions f0 to f39, each of which calls the next twice: 2^40 values. */
const DOUBLING: FunctionParts[] = Array.from({ length: 40 }, (_, i) => ({
  name: `f${i}`,
  inputs: ['a'],
  outputs: ['r'],
  nodes: [call(`f${i + 1}`, 'a', 'm', 'one'), call(`f${i + 1}`, 'm', 'r', 'two')],
}));

describe('listCallValues', () => {
  it('lists the values of a body, then those of the calls in it', async () => {
    const inner: FunctionParts = {
      name: 'g',
      inputs: ['a'],
      outputs: ['r', 's'],
      nodes: [
        { op: 'Relu', inputs: ['a'], outputs: ['h'] },
        { op: 'Split', inputs: ['h'], outputs: ['r', 's'] },
      ],
    };
    const outer: FunctionParts = {
      name: 'f',
      inputs: ['a'],
      outputs: ['r'],
      nodes: [call('g', 'a', 'm', ''), call('g', 'm', 'r', 'last')],
    };
    const bytes = functionModel([call('f', 'x', 'y', 'main')], [outer, inner]);
    // `s` has no name outside, since the calls do not take it.
    expect(await list(bytes)).toEqual([
      'main/m',
      'main/m/h',
      'main/m/s',
      'main/last/h',
      'main/last/s',
    ]);
  });

  it('lists one by one what nobody could list whole', async () => {
    const bytes = functionModel([call('f0', 'x', 'y', 'main')], DOUBLING);
    const start = performance.now();
    expect(await list(bytes, 10_000)).toHaveLength(10_000);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('does not enter calls that lead to no value, however many', async () => {
    const empty: FunctionParts[] = DOUBLING.map((fn, i) => ({
      ...fn,
      outputs: [],
      nodes: ['one', 'two'].map((name) => ({ ...call(`f${i + 1}`, 'a', '', name), outputs: [] })),
    }));
    const bytes = functionModel(
      [
        { ...call('f0', 'x', '', 'main'), outputs: [] },
        { op: 'Relu', inputs: ['x'], outputs: ['y'] },
      ],
      empty,
    );
    expect(await list(bytes)).toEqual([]);
  });

  it('lists nothing for a model without functions', async () => {
    const relu = { op: 'Relu', inputs: ['x'], outputs: ['y'] };
    expect(await list(functionModel([relu], []))).toEqual([]);
  });

  it('refuses recursive functions', async () => {
    const loop: FunctionParts = {
      name: 'f',
      inputs: ['a'],
      outputs: ['r'],
      nodes: [call('f', 'a', 'r', 'again')],
    };
    await expect(list(functionModel([call('f', 'x', 'y', 'main')], [loop]))).rejects.toMatchObject({
      code: 'MODEL_MALFORMED',
    });
  });
});

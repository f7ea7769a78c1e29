import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isFeaturetapError } from '@featuretap/core/spec';
import { MAX_MODULE_DEPTH } from '../../src/limits.js';
import {
  functionModel,
  graphAttribute,
  nodeField,
  outputField,
  type FunctionParts,
  type NodeParts,
} from '../build-function.js';
import { applyInlined, inlineIn, runFloats } from '../inline-model.js';
import { fixturePath } from '../read-fixture.js';
import { bits } from '../run-model.js';

const INPUT = [1, -2, 3, -4, 5, -6];

function call(op: string, input: string, output: string, more: Partial<NodeParts> = {}): NodeParts {
  return { op, domain: 'local', inputs: [input], outputs: [output], ...more };
}

function local(name: string, nodes: readonly NodeParts[], more: Partial<FunctionParts> = {}) {
  return { name, inputs: ['a'], outputs: ['r'], nodes, ...more };
}

const relu = (input: string, output: string): NodeParts => ({
  op: 'Relu',
  inputs: [input],
  outputs: [output],
});

const neg = (input: string, output: string): NodeParts => ({ ...relu(input, output), op: 'Neg' });

/** Relu, then Neg: its inner value is `h`. */
const F = local('f', [relu('a', 'h'), neg('h', 'r')], { opsets: { '': 18, local: 1 } });

/** What the value at an address holds, run by onnxruntime; the output `y` must stay as it is. */
async function valueAt(model: Uint8Array, path: string): Promise<number[]> {
  const inlined = await inlineIn(model, [path]);
  const outputs = await runFloats(applyInlined(model, inlined), INPUT);
  const before = await runFloats(model, INPUT);
  expect(bits(outputs.get('y')!)).toEqual(bits(before.get('y')!));
  return Array.from(outputs.get(inlined.values.get(path)!)!.data as Float32Array);
}

const POSITIVE = [1, 0, 3, 0, 5, 0];

describe('inlinePath', () => {
  it('takes the first output for a call without a name', async () => {
    const model = functionModel([call('f', 'x', 'one'), call('f', 'one', 'y')], [F]);
    expect(await valueAt(model, 'one/h')).toEqual(POSITIVE);
    expect((await inlineIn(model, ['y/h'])).values.get('y/h')).toBe('y/h');
  });

  it('takes the first output for calls that share a name', async () => {
    const model = functionModel(
      [call('f', 'x', 'one', { name: 'same' }), call('f', 'one', 'y', { name: 'same' })],
      [F],
    );
    const { values } = await inlineIn(model, ['one/h', 'y/h']);
    expect([...values.values()]).toEqual(['one/h', 'y/h']);
    await expect(inlineIn(model, ['same/h'])).rejects.toMatchObject({ code: 'TAP_NOT_FOUND' });
  });

  it('gives a node a free name where its own is one of the graph', async () => {
    const model = functionModel(
      [
        call('g', 'x', 'c', { name: 'g' }),
        { ...relu('c', 'd'), name: 'g/act' },
        call('g', 'd', 'y', { name: 'g/g' }),
      ],
      [local('g', [{ ...relu('a', 'h'), name: 'act' }, neg('h', 'r')])],
    );
    // onnxruntime refuses two nodes of one name.
    expect(await valueAt(model, 'g/h')).toEqual(POSITIVE);
  });

  it('gives a value a free name where its address is one of the graph', async () => {
    const model = functionModel(
      [
        call('f', 'x', 'c', { name: 'f' }),
        relu('c', 'f/h'),
        neg('f/h', 'f/h_1'),
        neg('f/h_1', 'y'),
      ],
      [F],
    );
    expect((await inlineIn(model, ['f/h'])).values.get('f/h')).toBe('f/h_2');
    expect(await valueAt(model, 'f/h')).toEqual(POSITIVE);
  });

  it('tells overloads of a function apart', async () => {
    const model = functionModel(
      [call('f', 'x', 'c', { overload: 'two' }), call('f', 'c', 'y')],
      [F, local('f', [neg('a', 'h'), relu('h', 'r')], { overload: 'two' })],
    );
    expect(await valueAt(model, 'c/h')).toEqual([-1, 2, -3, 4, -5, 6]);
  });

  it('keeps names that are not text', async () => {
    const odd = '\udc80__proto__\n/';
    const model = functionModel(
      [call('f', 'x', 'y', { name: odd })],
      [local('f', [relu('a', odd), neg(odd, 'r')])],
    );
    const path = `${odd}/${odd}`;
    expect((await inlineIn(model, [path])).values.get(path)).toBe(path);
  });

  it('names operator sets that only functions import, and refuses two versions of one', async () => {
    const inner = { op: 'Thing', domain: 'custom', inputs: ['a'], outputs: ['h'] };
    const written = (name: string, custom: number): FunctionParts =>
      local(name, [inner, neg('h', 'r')], { opsets: { '': 18, custom } });
    const model = functionModel(
      [call('f', 'x', 'c'), call('g', 'c', 'y')],
      [written('f', 1), written('g', 2)],
    );
    expect([...(await inlineIn(model, ['c/h'])).missingOpsets]).toEqual([['custom', 1]]);
    await expect(inlineIn(model, ['c/h', 'y/h'])).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
    });
  });

  it.each<[string, FunctionParts[]]>([
    ['itself', [local('f', [call('f', 'a', 'h'), neg('h', 'r')])]],
    [
      'others that call it',
      [
        local('f', [call('g', 'a', 'h'), neg('h', 'r')]),
        local('g', [call('h', 'a', 'r')]),
        local('h', [call('f', 'a', 'r')]),
      ],
    ],
    [
      'itself within an If',
      [
        local('f', [
          relu('a', 'h'),
          {
            op: 'If',
            inputs: ['h'],
            outputs: ['r'],
            more: [graphAttribute('then', [nodeField(call('f', 'h', 't')), outputField('t')])],
          },
        ]),
      ],
    ],
  ])('refuses a function that calls %s', async (_, functions) => {
    const model = functionModel([call('f', 'x', 'y')], functions);
    await expect(inlineIn(model, ['y/h'])).rejects.toMatchObject({ code: 'MODEL_MALFORMED' });
  });

  /** Functions f0 to fN, each of which calls the next `times`. */
  const chain = (length: number, times: number, label = 'n'): FunctionParts[] =>
    Array.from({ length }, (_, i) =>
      local(
        `f${i}`,
        i === length - 1
          ? [relu('a', 'h'), neg('h', 'r')]
          : Array.from({ length: times }, (_, k) =>
              call(`f${i + 1}`, k === 0 ? 'a' : `v${k - 1}`, k === times - 1 ? 'r' : `v${k}`, {
                name: Array.from({ length: k + 1 }, () => label).join('/'),
              }),
            ),
      ),
    );

  it('finds no value among exponentially many addresses in bounded time', async () => {
    // Names n, n/n, n/n/n at each level: an address can be read in very many ways.
    const model = functionModel([call('f0', 'x', 'y', { name: 'n' })], chain(40, 3));
    const path = `${'n/'.repeat(90)}nothing`;
    const start = performance.now();
    await expect(inlineIn(model, [path])).rejects.toMatchObject({ code: 'TAP_NOT_FOUND' });
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('goes as deep as the limit, and no deeper', async () => {
    const at = (depth: number): Promise<unknown> =>
      inlineIn(functionModel([call('f0', 'x', 'y', { name: 'n' })], chain(depth, 1)), [
        `${'n/'.repeat(depth)}h`,
      ]);
    await expect(at(MAX_MODULE_DEPTH)).resolves.toBeDefined();
    await expect(at(MAX_MODULE_DEPTH + 1)).rejects.toMatchObject({ code: 'MODEL_LIMIT' });
  });

  it('gives a typed error or a result for any damaged model', { timeout: 60_000 }, async () => {
    const names = ['nested', 'attributes', 'branches', 'optional'];
    const models = names.map(
      (name) => new Uint8Array(readFileSync(fixturePath(`functions/${name}.onnx`))),
    );
    const paths = ['stem/block/fc/product', 'given/inner/leaky', 'first/chosen', 'both/clipped'];
    const damage = async (which: number, bytes: Uint8Array): Promise<void> => {
      try {
        await inlineIn(bytes, [paths[which]!]);
      } catch (error) {
        if (!isFeaturetapError(error)) throw error;
      }
    };
    for (const [which, bytes] of models.entries()) {
      for (let end = 0; end < bytes.length; end++) await damage(which, bytes.subarray(0, end));
    }
    await fc.assert(
      fc.asyncProperty(
        fc.nat(models.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (which, edits) => {
          const bytes = models[which]!.slice();
          for (const [at, value] of edits) bytes[at % bytes.length] = value;
          await damage(which, bytes);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

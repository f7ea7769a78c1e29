// Files made by tools/python/make_function_models.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listCallValues } from '../../src/graph/list-call-values.js';
import { readFunctions } from '../../src/proto/read-functions.js';
import { applyInlined, inlineIn, runFloats } from '../inline-model.js';
import { fixturePath, parse } from '../read-fixture.js';
import { bits } from '../run-model.js';
import { readWire } from '../read-wire.js';

interface Golden {
  readonly input: readonly number[];
  readonly values: Readonly<
    Record<string, Readonly<Record<string, { shape: number[]; data: number[] }>>>
  >;
}

const golden = JSON.parse(readFileSync(fixturePath('functions/values.json'), 'utf8')) as Golden;
const MODELS = Object.entries(golden.values);

function model(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fixturePath(`functions/${name}.onnx`)));
}

describe.each(MODELS)('values in the function calls of %s', (name, values) => {
  const bytes = model(name);

  it.each(Object.entries(values))('%s is had by inlining its calls', async (path, value) => {
    const inlined = await inlineIn(bytes, [path]);
    const outputs = await runFloats(applyInlined(bytes, inlined), golden.input);
    const before = await runFloats(bytes, golden.input);
    expect(bits(outputs.get('y')!)).toEqual(bits(before.get('y')!));
    const tapped = outputs.get(inlined.values.get(path)!)!;
    expect(tapped.dims).toEqual(value.shape);
    const differences = Array.from(tapped.data as Float32Array, (x, i) =>
      Math.abs(x - value.data[i]!),
    );
    expect(Math.max(...differences)).toBeLessThan(1e-6);
  });

  it('are had all at once', async () => {
    const inlined = await inlineIn(bytes, Object.keys(values));
    const outputs = await runFloats(applyInlined(bytes, inlined), golden.input);
    const before = await runFloats(bytes, golden.input);
    expect(bits(outputs.get('y')!)).toEqual(bits(before.get('y')!));
    for (const [path, value] of Object.entries(values)) {
      const tapped = outputs.get(inlined.values.get(path)!)!;
      expect(tapped.dims, path).toEqual(value.shape);
      expect(Array.from(tapped.data as Float32Array), path).toEqual(
        value.data.map((x): unknown => expect.closeTo(x, 6)),
      );
    }
  });

  it('are all listed, and each that is listed can be had', async () => {
    const parsed = await parse(bytes);
    const functions = await readFunctions(parsed.source, parsed.functions);
    const listed: string[] = [];
    for await (const path of listCallValues(parsed, functions)) listed.push(path);
    const inlined = await inlineIn(bytes, listed);
    const outputs = await runFloats(applyInlined(bytes, inlined), golden.input);
    expect([...outputs.keys()].sort()).toEqual(['y', ...inlined.values.values()].sort());
    for (const path of Object.keys(values)) {
      // What a call gives or gets has a name outside the call.
      const { replaced } = await inlineIn(bytes, [path]);
      const last = path.split('/').at(-1)!;
      if (!['x', 'y'].includes(last) && replaced.size > 0) expect(listed).toContain(path);
    }
  });
});

describe('inlinePaths', () => {
  it('names values by their address', async () => {
    const paths = ['stem/fc/product', 'stem/block/block/fc/bias/value', 'stem/block/hot'];
    const { values } = await inlineIn(model('nested'), paths);
    expect([...values]).toEqual(paths.map((path) => [path, path]));
  });

  it('takes a longer name of a call before a shorter one', async () => {
    const bytes = model('nested');
    // `stem/block` then `fc`, not `stem` then `block/fc`.
    const { replaced } = await inlineIn(bytes, ['stem/block/fc/product']);
    const [at] = replaced.keys();
    const call = (await parse(bytes)).graph.nodes.find((node) => node.at.start === at!.start);
    expect(call?.name).toBe('stem/block');
  });

  it.each([
    ['stem/y', 'hidden'],
    ['stem/x', 'x'],
    ['stem/block/x', 'hidden'],
    ['scaled/y', 'scaled'],
  ])('needs no inlining for %s, which is %s outside', async (path, name) => {
    const { values, replaced } = await inlineIn(model('nested'), [path]);
    expect(values.get(path)).toBe(name);
    expect(replaced.size).toBe(0);
  });

  it('inlines a call once for two values, and the calls in it only where they are on the way', async () => {
    const bytes = model('nested');
    const { replaced } = await inlineIn(bytes, ['stem/hot', 'stem/fc/product']);
    expect(replaced.size).toBe(1);
    const operators = readWire([...replaced.values()][0]!).map(({ bytes: node }) =>
      Buffer.from(readWire(node).find(({ field }) => field === 4)!.bytes).toString(),
    );
    expect(operators).toEqual(['MatMul', 'Constant', 'Add', 'linear', 'Relu', 'Add']);
  });

  it.each([
    ['stem/hott', /Did you mean "stem\/hot"/],
    ['stem/fc/produkt', /Did you mean "stem\/fc\/product"/],
    ['nowhere', /There are "stem\/hidden"/],
    ['stem/', /./],
    ['stem/fc', /./],
    ['', /./],
  ])('says what there is instead of %s', async (path, message) => {
    await expect(inlineIn(model('nested'), [path])).rejects.toMatchObject({
      code: 'TAP_NOT_FOUND',
      message: expect.stringMatching(message),
    });
  });

  it('says that a value is an input that the call leaves out', async () => {
    await expect(inlineIn(model('optional'), ['upper/low'])).rejects.toMatchObject({
      code: 'TAP_NOT_FOUND',
      message: expect.stringContaining('leaves out'),
    });
  });
});

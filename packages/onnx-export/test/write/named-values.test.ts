import { describe, expect, it } from 'vitest';
import { modelBytes } from '../read-fixture.js';
import { bits, run } from '../run-model.js';
import { tap, typeFixture } from '../tap-fixture.js';

describe('a value that was named', () => {
  const TYPES = [
    ['double', 'float64'],
    ['half', 'float16'],
    ['brain', 'float32'],
    ['float8', 'float32'],
    ['long', 'int64'],
    ['int', 'int32'],
    ['short', 'int16'],
    ['byte', 'int8'],
    ['ulong', 'uint64'],
    ['uint', 'uint32'],
    ['ushort', 'uint16'],
    ['ubyte', 'uint8'],
    ['flag', 'bool'],
    ['top.at', 'int64'],
  ] as const;

  it.each(TYPES)('%s is returned as %s', async (value, dtype) => {
    const original = typeFixture('every-type');
    const { bytes, manifest } = await tap(original, { outputs: [{ name: 'x', value }] });
    expect(manifest.extras).toEqual([{ output: 'x', value, dtype, shape: ['batch', 5] }]);
    const tensor = (await run(bytes)).get('x');
    expect(tensor?.type).toBe(dtype);
    expect(tensor?.dims).toEqual([2, 5]);
  });

  it('may hold strings', async () => {
    const outputs = [{ name: 'x', value: 'text' }];
    const { bytes, manifest } = await tap(typeFixture('every-type'), { outputs });
    expect(manifest.extras).toMatchObject([{ output: 'x', dtype: null }]);
    expect((await run(bytes)).get('x')?.type).toBe('string');
  });

  it.each([
    ['count', 'int64'],
    ['total', 'float32'],
  ])('%s may be a scalar', async (value, dtype) => {
    const outputs = [{ name: 'x', value }];
    const { bytes, manifest } = await tap(typeFixture('every-type'), { outputs });
    expect(manifest.extras).toEqual([{ output: 'x', value, dtype, shape: [] }]);
    expect((await run(bytes)).get('x')?.dims).toEqual([]);
  });

  it('may have a shape that only a run tells', async () => {
    const outputs = [{ name: 'x', value: 'kinds' }];
    const { bytes, manifest } = await tap(typeFixture('every-type'), { outputs });
    expect(manifest.extras).toEqual([{ output: 'x', value: 'kinds', dtype: 'int64', shape: null }]);
    expect((await run(bytes)).get('x')?.dims).toHaveLength(1);
  });

  it.each([
    ['input', ['batch', 3, 16, 16]],
    ['fc.w', [5, 6]],
  ])('%s may be an input or a weight', async (value, shape) => {
    const asked = [
      { name: 'x', value },
      { name: value, value },
    ];
    const { bytes, manifest } = await tap(modelBytes('conv'), { outputs: asked });
    expect(manifest.extras).toEqual([
      { output: 'x', value, dtype: 'float32', shape },
      { output: `${value}_1`, value, dtype: 'float32', shape },
    ]);
    for (const graphOptimizationLevel of ['disabled', 'all'] as const) {
      const outputs = await run(bytes, { graphOptimizationLevel });
      expect(outputs.get('x')?.dims).toEqual(shape.map((d) => (d === 'batch' ? 2 : d)));
      expect(bits(outputs.get('x')!).equals(bits(outputs.get(`${value}_1`)!))).toBe(true);
    }
  });

  it('is exposed once when it is named twice, or is an output already', async () => {
    const outputs = [
      { name: 'x', value: 'r1' },
      { name: 'x', value: 'r1' },
      { name: 'logits', value: 'logits' },
    ];
    const { bytes, manifest } = await tap(modelBytes('conv'), { outputs });
    expect(manifest.extras?.map(({ output }) => output)).toEqual(['x', 'logits']);
    const names = [...(await run(bytes)).keys()];
    expect(names.filter((name) => /^(x|logits)/.test(name))).toEqual(['logits', 'x']);
  });

  it.each([
    ['list', 'MODEL_UNSUPPORTED', 'a sequence'],
    ['list.kept', 'MODEL_UNSUPPORTED', 'a sequence'],
    ['nowhere', 'TAP_NOT_FOUND', 'named "nowhere", found none. List values with'],
  ])('%s is refused', async (value, code, message) => {
    const outputs = [{ name: 'x', value }];
    const refused = tap(typeFixture('every-type'), { outputs });
    await expect(refused).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('may have the name of a field, and gets a suffix', async () => {
    const outputs = ['stages.0', 'pooled', 'logits', 'image'].map((name) => ({
      name,
      value: 'r1',
    }));
    const { bytes, manifest } = await tap(modelBytes('conv'), { outputs });
    const given = manifest.extras!.map(({ output }) => output);
    expect(given).toEqual(['stages.0_1', 'pooled_1', 'logits_1', 'image']);
    for (const graphOptimizationLevel of ['disabled', 'all'] as const) {
      const made = await run(bytes, { graphOptimizationLevel });
      const stage = bits(made.get('stages.0')!);
      for (const name of given) expect(bits(made.get(name)!).equals(stage), name).toBe(true);
    }
  });

  it('has a name of its own', async () => {
    const outputs = ['r1', 'flat'].map((value) => ({ name: 'x', value }));
    await expect(tap(modelBytes('conv'), { outputs })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining(
        'one value for the output "x", got "r1" and "flat"',
      ) as string,
    });
  });

  it.each(['', '__proto__'])('cannot be called "%s"', async (name) => {
    const refused = tap(modelBytes('conv'), { outputs: [{ name, value: 'r1' }] });
    await expect(refused).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

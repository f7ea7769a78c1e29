import { describe, expect, it } from 'vitest';
import type { TapPlan } from '../../src/taps/plan.js';
import { modelBytes } from '../read-fixture.js';
import { bits, run } from '../run-model.js';
import { expectFields, fieldsOf, numbers, tap, typeFixture } from '../tap-fixture.js';

describe('a model of mixed precision', () => {
  it('has each field in its own type', async () => {
    const tapped = await tap(typeFixture('half-inside'));
    await expectFields(tapped);
    const types = fieldsOf(tapped.manifest).map(({ dtype }) => dtype);
    // The last stage is the value behind the Cast to float32.
    expect(types).toEqual(['float16', 'float32', 'float32', 'float32', 'float32']);
  });

  const brain = (plan: TapPlan): TapPlan => {
    const stages = plan.record.stages.map((stage) =>
      'shape' in stage ? { ...stage, value: 'brain.kept' } : stage,
    );
    return { ...plan, record: { ...plan.record, stages: stages.slice(-1) } };
  };

  it('gives bfloat16 features as float32', async () => {
    const original = typeFixture('brain-between');
    const tapped = await tap(original, {}, brain);
    const outputs = await expectFields(tapped);
    const [stage] = tapped.manifest.record.stages;
    expect(stage).toMatchObject({ value: 'brain.kept', dtype: 'float32' });
    const before = await run(original);
    expect(bits(outputs.get('logits')!).equals(bits(before.get('logits')!))).toBe(true);
    // bfloat16 numbers are float32 numbers whose last 16 bits are 0.
    const raw = new Uint32Array((outputs.get(stage!.output)!.data as Float32Array).slice().buffer);
    expect(raw.some((word) => word !== 0)).toBe(true);
    expect(raw.every((word) => (word & 0xffff) === 0)).toBe(true);
  });

  it('has fields in float32 where all inside is bfloat16', async () => {
    const { manifest } = await tap(typeFixture('brain-inside'));
    expect(fieldsOf(manifest).map(({ dtype }) => dtype)).toEqual(Array(5).fill('float32'));
  });

  it('is refused when its own output cannot be opened, with what to do', async () => {
    await expect(tap(typeFixture('brain-output'))).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringMatching(/output "logits" of the file is bfloat16.*Export/),
    });
  });
});

describe('the option dtype', () => {
  it('makes all fields float16 and leaves the original outputs alone', async () => {
    const original = modelBytes('conv');
    const tapped = await tap(original, { dtype: 'float16' });
    const outputs = await expectFields(tapped);
    const own = await run((await tap(original)).bytes);
    expect(fieldsOf(tapped.manifest).map(({ dtype }) => dtype)).toEqual(Array(5).fill('float16'));
    expect(tapped.manifest.record.logits).toMatchObject({ output: 'logits_1', value: 'logits' });
    expect(bits(outputs.get('logits')!).equals(bits(own.get('logits')!))).toBe(true);
    for (const [name, half] of [
      ['logits', 'logits_1'],
      ['stages.0', 'stages.0'],
    ] as const) {
      const wanted = numbers(own.get(name));
      expect(wanted.some((value) => value !== 0)).toBe(true);
      numbers(outputs.get(half)).forEach((value, i) => {
        expect(Math.abs(value - wanted[i]!)).toBeLessThanOrEqual(Math.abs(wanted[i]!) * 2 ** -11);
      });
    }
  });

  it('makes the fields of a float16 model float32', async () => {
    const tapped = await tap(modelBytes('float16'), { dtype: 'float32' });
    await expectFields(tapped);
    expect(fieldsOf(tapped.manifest).map(({ dtype }) => dtype)).toEqual(Array(5).fill('float32'));
  });

  it('makes no second output of what has the type already', async () => {
    const { manifest } = await tap(modelBytes('conv'), { dtype: 'float32' });
    expect(manifest).toEqual((await tap(modelBytes('conv'))).manifest);
  });

  it.each(['nhwc', 'tokens-opset9', 'tokens-opset18', 'conv-ir3'])('works on %s', async (name) => {
    await expectFields(await tap(modelBytes(name), { dtype: 'float16' }));
  });
});

describe('the option reduce', () => {
  const NETWORKS = [
    ...['conv', 'conv-ir3', 'float16', 'nhwc', 'tokens-opset9', 'tokens-opset18'].map(
      (name) => [name, modelBytes(name)] as const,
    ),
    ...['qdq-int8', 'qoperator-uint8'].map((name) => [name, typeFixture(name)] as const),
  ];

  describe.each(['avg', 'max'] as const)('%s', (reduce) => {
    it.each(NETWORKS)('gives each stage of %s as one number a channel', async (_, original) => {
      const maps = await tap(original, { dtype: 'float32' });
      const vectors = await tap(original, { dtype: 'float32', reduce });
      const wanted = await run(maps.bytes);
      const found = await expectFields(vectors);
      expect(maps.manifest.record.stages.length).toBeGreaterThan(0);
      for (const [i, map] of maps.manifest.record.stages.entries()) {
        const vector = vectors.manifest.record.stages[i]!;
        expect(vector).toMatchObject({ layout: 'NC', reduce, shape: map.shape.slice(0, 2) });
        const positions = Number(map.shape[2]) * Number(map.shape[3]);
        const values = numbers(wanted.get(map.output));
        const reduced = numbers(found.get(vector.output));
        expect(reduced).toHaveLength(values.length / positions);
        reduced.forEach((value, row) => {
          const own = values.slice(row * positions, (row + 1) * positions);
          const mean = own.reduce((sum, each) => sum + each, 0) / positions;
          expect(value).toBeCloseTo(reduce === 'max' ? Math.max(...own) : mean, 5);
        });
      }
    });
  });

  it('leaves the other fields and the original outputs as they are', async () => {
    const [all, reduced] = [
      await tap(modelBytes('conv')),
      await tap(modelBytes('conv'), { reduce: 'avg' }),
    ];
    const [before, after] = [await run(all.bytes), await run(reduced.bytes)];
    const { unpooled, pooled, logits } = reduced.manifest.record;
    expect(unpooled).toMatchObject({ layout: 'NCHW', shape: ['batch', 6, 4, 4] });
    for (const field of [pooled, logits]) {
      const name = 'output' in field ? field.output : '';
      expect(bits(after.get(name)!).equals(bits(before.get(name)!))).toBe(true);
    }
  });

  it('none is what happens without it', async () => {
    const { manifest } = await tap(modelBytes('conv'), { reduce: 'none' });
    expect(manifest).toEqual((await tap(modelBytes('conv'))).manifest);
  });
});

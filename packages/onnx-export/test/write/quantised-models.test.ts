// Models quantised by onnxruntime's own static quantisation, see tools/python/type_models.py.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { TapPlan } from '../../src/taps/plan.js';
import { modelBytes, parse } from '../read-fixture.js';
import { bits, run } from '../run-model.js';
import { expectFields, fieldsOf, numbers, tap, typeFixture } from '../tap-fixture.js';

/**
 * Operators of the graph that onnxruntime runs, by name, with their number.
 *
 * By default onnxruntime on x64 computes in uint8 and turns int8 activations into that, which it
 * does not where a residual branch or an output shares them; so int8 is allowed here.
 */
async function optimisedOperators(model: Uint8Array): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'featuretap-'));
  try {
    const file = join(folder, 'optimised.onnx');
    const session = await InferenceSession.create(model, {
      graphOptimizationLevel: 'all',
      optimizedModelFilePath: file,
      extra: { session: { qdqisint8allowed: '1' } },
      logSeverityLevel: 3,
    });
    await session.release();
    const { graph } = await parse(new Uint8Array(readFileSync(file)));
    const counts = new Map<string, number>();
    for (const { opType } of graph.nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
    return counts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const STATIC = [
  ...['qdq-int8', 'qdq-uint8', 'qdq-per-channel', 'qoperator-int8', 'qoperator-uint8'],
];

const QUANTIZED = [...STATIC, 'dynamic-uint8'];

describe('a quantised model', () => {
  it.each(QUANTIZED)('%s: has all fields, float32, near those of the float model', async (name) => {
    const tapped = await tap(typeFixture(name));
    const outputs = await expectFields(tapped);
    const float = await tap(modelBytes('conv'));
    const wanted = await run(float.bytes);
    const kinds = fieldsOf(tapped.manifest).map(({ shape, layout }) => ({ shape, layout }));
    expect(kinds).toEqual(fieldsOf(float.manifest).map(({ shape, layout }) => ({ shape, layout })));
    for (const [i, { output, dtype }] of fieldsOf(tapped.manifest).entries()) {
      expect(dtype).toBe('float32');
      const expected = numbers(wanted.get(fieldsOf(float.manifest)[i]!.output));
      const scale = Math.max(...expected.map(Math.abs));
      numbers(outputs.get(output)).forEach((value, at) => {
        expect(Math.abs(value - expected[at]!)).toBeLessThan(0.05 * scale);
      });
    }
  });

  it.each(QUANTIZED)('%s: gives its outputs bit for bit at every level', async (name) => {
    const original = typeFixture(name);
    const { bytes } = await tap(original);
    for (const graphOptimizationLevel of ['disabled', 'all'] as const) {
      const before = await run(original, { graphOptimizationLevel });
      const after = await run(bytes, { graphOptimizationLevel });
      expect(bits(after.get('logits')!).equals(bits(before.get('logits')!))).toBe(true);
      expect(new Set(numbers(before.get('logits'))).size).toBeGreaterThan(3);
    }
  });

  it.each(STATIC)('%s: still runs in integers', async (name) => {
    const original = typeFixture(name);
    const before = await optimisedOperators(original);
    const after = await optimisedOperators((await tap(original)).bytes);
    const integers = [...before].filter(([op]) => /^QLinear|^QGemm/.test(op));
    expect(Object.fromEntries(integers)).toEqual({
      QLinearConv: 3,
      QLinearAdd: 1,
      QLinearGlobalAveragePool: 1,
      QGemm: 1,
    });
    for (const [op, count] of integers) expect(after.get(op), op).toBe(count);
  });

  it('is tapped behind the quantisation, where a plan names the value in front of it', async () => {
    const inFront = (plan: TapPlan): TapPlan => {
      const stages = plan.record.stages.map((stage) =>
        'shape' in stage
          ? { ...stage, value: stage.value.replace('_DequantizeLinear_Output', '') }
          : stage,
      );
      return { ...plan, record: { ...plan.record, stages } };
    };
    const original = typeFixture('qdq-uint8');
    const tapped = await tap(original, {}, inFront);
    expect(tapped.manifest.record.stages.map(({ value }) => value)).toEqual([
      'r1_DequantizeLinear_Output',
      'r2_DequantizeLinear_Output',
    ]);
    const [before, after] = [
      await optimisedOperators(original),
      await optimisedOperators(tapped.bytes),
    ];
    expect(after.get('QLinearConv')).toBe(before.get('QLinearConv'));
    expect(before.get('QLinearConv')).toBe(3);
  });

  it('gives its integers to who asks for them', async () => {
    const outputs = [{ name: 'raw', value: 'c2_quantized' }];
    const { bytes, manifest } = await tap(typeFixture('qoperator-int8'), { outputs });
    expect(manifest.extras).toMatchObject([{ output: 'raw', dtype: 'int8' }]);
    expect((await run(bytes)).get('raw')?.type).toBe('int8');
  });
});

import { describe, expect, it } from 'vitest';
import { listValues } from '../../src/list-values.js';
import { planTaps } from '../../src/plan-taps.js';
import { concatBytes } from '../../src/proto/encode.js';
import { MODEL } from '../../src/proto/fields.js';
import type { Model } from '../../src/proto/model.js';
import { tapModel } from '../../src/tap-model.js';
import { pruneModel } from '../../src/views/prune-model.js';
import { untapModel } from '../../src/views/untap-model.js';
import { readSegments, type Segment } from '../../src/write/segments.js';
import { functionField, opsetField } from '../build-function.js';
import { buildModel, WIDE_CNN } from '../build-model.js';
import { parse } from '../read-fixture.js';
import { bits, run } from '../run-model.js';

async function bytesOf(model: Model, segments: readonly Segment[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return concatBytes(parts);
}

const opsets = { '': 17, local: 1 };

/** The residual block as a call of a function, which calls another one. */
const MODEL_BYTES = buildModel({
  ...WIDE_CNN,
  nodes: WIDE_CNN.nodes.map((node) =>
    node.output === 'a1'
      ? { op: 'Residual', domain: 'local', name: 'block', inputs: ['c1', 'r0'], output: 'a1' }
      : node,
  ),
  metadata: [
    opsetField(MODEL.opsetImport, 'local', 1),
    functionField({
      name: 'Twice',
      inputs: ['x'],
      outputs: ['y'],
      nodes: [
        { op: 'Tanh', inputs: ['x'], outputs: ['inner'] },
        { op: 'Add', inputs: ['inner', 'x'], outputs: ['y'] },
      ],
      opsets: { '': 17 },
    }),
    functionField({
      name: 'Residual',
      inputs: ['a', 'b'],
      outputs: ['sum'],
      nodes: [
        { op: 'Twice', domain: 'local', name: 'twice', inputs: ['a'], outputs: ['double'] },
        { op: 'Add', inputs: ['double', 'b'], outputs: ['sum'] },
      ],
      opsets,
    }),
    functionField({
      name: 'Unused',
      inputs: ['x'],
      outputs: ['y'],
      nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }],
      opsets: { '': 17 },
    }),
  ],
});

describe('values inside calls of model-local functions', () => {
  it('are listed with their addresses', async () => {
    const names = (await listValues(await parse(MODEL_BYTES), 'block*')).map(({ name }) => name);
    expect(names).toEqual(['block/double', 'block/twice/inner']);
  });

  it('become outputs, and the original output keeps its bits', async () => {
    const model = await parse(MODEL_BYTES);
    const outputs = [
      { name: 'double', value: 'block/double' },
      { name: 'inner', value: 'block/twice/inner' },
    ];
    const { segments, manifest } = await tapModel(model, planTaps(model), { outputs });
    const tapped = await bytesOf(model, segments);
    const [before, after] = [await run(MODEL_BYTES), await run(tapped)];
    expect(bits(after.get('probabilities')!).equals(bits(before.get('probabilities')!))).toBe(true);
    // The function's own definition, computed outside.
    const plain = await parse(MODEL_BYTES);
    const c1 = [{ name: 'c1.copy', value: 'c1' }];
    const tapC1 = await tapModel(plain, planTaps(plain), { outputs: c1 });
    const x = (await run(await bytesOf(plain, tapC1.segments))).get('c1.copy')!;
    const expected = Array.from(x.data as Float32Array, (value) => value + Math.tanh(value));
    const found = after.get('double')!.data as Float32Array;
    expect(Math.max(...expected.map((value, i) => Math.abs(value - found[i]!)))).toBeLessThan(1e-5);
    expect(manifest.extras).toMatchObject([
      { output: 'double', dtype: 'float32', shape: ['batch', 16, 8, 8] },
      { output: 'inner', dtype: 'float32', shape: ['batch', 16, 8, 8] },
    ]);
  });

  it('cannot be taken back', async () => {
    const model = await parse(MODEL_BYTES);
    const outputs = [{ name: 'double', value: 'block/double' }];
    const { segments } = await tapModel(model, planTaps(model), { outputs });
    const tapped = await parse(await bytesOf(model, segments));
    expect(() => untapModel(tapped)).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED' }),
    );
  });

  it('are named when an address is wrong', async () => {
    const model = await parse(MODEL_BYTES);
    const outputs = [{ name: 'double', value: 'block/doubel' }];
    const tapped = tapModel(model, planTaps(model), { outputs });
    await expect(tapped).rejects.toMatchObject({ code: 'TAP_NOT_FOUND' });
    await expect(tapped).rejects.toThrow(/block\/double/);
  });

  it('leave only the functions that a cut still calls', async () => {
    const model = await parse(MODEL_BYTES);
    const functionsOf = async (to: string): Promise<number> => {
      const cut = await bytesOf(model, (await pruneModel(model, { to: [to] })).segments);
      expect((await run(cut)).has(to)).toBe(true);
      return (await parse(cut)).functions.length;
    };
    expect(model.functions).toHaveLength(3);
    expect(await functionsOf('flat')).toBe(2);
    expect(await functionsOf('r0')).toBe(0);
  });
});

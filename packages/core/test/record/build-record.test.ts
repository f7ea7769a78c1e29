import { describe, expect, it } from 'vitest';
import { buildRecord } from '../../src/record/build-record.js';
import { readManifest } from '../../src/session/read-manifest.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { bytesSource } from '../../src/wire/index.js';
import { fixture } from '../tensor/fixture.js';

const manifest = await readManifest(bytesSource(fixture('models/tiny.onnx')), 'tiny');

function pooled(change: Partial<Tensor> = {}): ReadonlyMap<string, Tensor> {
  const tensor: Tensor = { dtype: 'float32', shape: [2, 6], data: new Float32Array(12) };
  return new Map([['pooled', { ...tensor, ...change }]]);
}

describe('buildRecord', () => {
  it('hands the data of the run through without a copy', () => {
    const outputs = pooled();
    const record = buildRecord(manifest, ['pooled'], outputs, 2);
    expect(record.pooled!.data).toBe(outputs.get('pooled')!.data);
    expect(record.pooled!.layout).toBe('NC');
  });

  it.each<[string, ReadonlyMap<string, Tensor>, RegExp]>([
    ['an output that did not come', new Map(), /got nothing/u],
    [
      'another number of rows',
      pooled({ shape: [1, 6] }),
      /float32 \[2, 6\] for 2 images .* got float32 \[1, 6\]/u,
    ],
    ['another number of channels', pooled({ shape: [2, 5] }), /got float32 \[2, 5\]/u],
    ['another rank', pooled({ shape: [2, 6, 1, 1] }), /got float32 \[2, 6, 1, 1\]/u],
    ['another dtype', pooled({ dtype: 'float64', data: new Float64Array(12) }), /got float64/u],
  ])('refuses %s', (_, outputs, message) => {
    expect(() => buildRecord(manifest, ['pooled'], outputs, 2)).toThrow(message);
  });

  it('takes any size where the manifest has a name', () => {
    const named = structuredClone(manifest);
    named.record.stages[0]!.shape = ['batch', 4, 'height', 'width'];
    const outputs = new Map<string, Tensor>([
      ['stages.0', { dtype: 'float32', shape: [1, 4, 2, 3], data: new Float32Array(24) }],
      ['stages.1', { dtype: 'float32', shape: [1, 8, 4, 4], data: new Float32Array(128) }],
    ]);
    expect(buildRecord(named, ['stages'], outputs, 1).stages[0]!.shape).toEqual([1, 4, 2, 3]);
  });
});

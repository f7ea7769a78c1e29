import { describe, expect, it } from 'vitest';
import { checkManifest } from '../../src/extract/check-manifest.js';
import { readManifest } from '../../src/session/read-manifest.js';
import type { SessionInfo, ValueInfo } from '../../src/session/runner.js';
import { bytesSource } from '../../src/wire/index.js';
import { fixture } from '../tensor/fixture.js';

const manifest = await readManifest(bytesSource(fixture('models/tiny.onnx')), 'tiny');
const INPUT: ValueInfo = { name: 'input', dtype: 'float32', shape: ['batch', 3, 16, 16] };
const OUTPUTS: readonly ValueInfo[] = [
  { name: 'stages.0', dtype: 'float32', shape: ['batch', 4, 8, 8] },
  { name: 'stages.1', dtype: 'float32', shape: ['batch', 8, 4, 4] },
  { name: 'unpooled', dtype: 'float32', shape: ['batch', 6, 4, 4] },
  { name: 'pooled', dtype: 'float32', shape: ['batch', 6] },
  { name: 'logits', dtype: 'float32', shape: ['batch', 5] },
];

function check(input: Partial<ValueInfo>, pooled: Partial<ValueInfo>): void {
  const outputs = OUTPUTS.map((value) =>
    value.name === 'pooled' ? { ...value, ...pooled } : value,
  );
  const info: SessionInfo = { inputs: [{ ...INPUT, ...input }], outputs };
  checkManifest(manifest, info, 'm.onnx');
}

describe('checkManifest', () => {
  it.each<[string, Partial<ValueInfo>, Partial<ValueInfo>]>([
    ['the same shapes', {}, {}],
    ['another name of the batch', { shape: ['N', 3, 16, 16] }, { shape: ['N', 6] }],
    ['an output of unknown rank', {}, { shape: [] }],
    ['an output with names for sizes', {}, { shape: ['batch', 'Addmm_dim_1'] }],
    ['an output whose batch looks fixed', {}, { shape: [1, 6] }],
    ['an input with names for sizes', { shape: ['N', 3, 'H', 'W'] }, {}],
  ])('accepts %s', (_, input, pooled) => {
    expect(() => {
      check(input, pooled);
    }).not.toThrow();
  });

  it.each<[string, Partial<ValueInfo>, Partial<ValueInfo>, RegExp]>([
    [
      'another input',
      { name: 'x' },
      {},
      /further input x; the file has no input input \(it has "x"\)/u,
    ],
    [
      'another input size',
      { shape: ['batch', 3, 32, 32] },
      {},
      /float32 \[batch, 3, 32, 32\] in the file/u,
    ],
    [
      'a fixed batch',
      { shape: [1, 3, 16, 16] },
      {},
      /batch of input input is batch in the manifest and 1 in the file/u,
    ],
    [
      'another dtype',
      {},
      { dtype: 'float16' },
      /pooled is float32 \[batch, 6\] in the manifest and float16/u,
    ],
    ['an output that is no tensor', {}, { dtype: null, shape: [] }, /no tensor/u],
    ['another rank', {}, { shape: ['batch', 6, 1, 1] }, /\[batch, 6, 1, 1\] in the file/u],
  ])('refuses %s', (_, input, pooled, message) => {
    expect(() => {
      check(input, pooled);
    }).toThrow(message);
  });

  it('refuses preprocessing of another size', () => {
    const other = structuredClone(manifest);
    other.preprocess!.inputSize = [3, 224, 224];
    const info = { inputs: [INPUT], outputs: OUTPUTS };
    expect(() => {
      checkManifest(other, info, 'm.onnx');
    }).toThrow(/prepared as \[3, 224, 224\] and the input takes \[3, 16, 16\]/u);
  });
});

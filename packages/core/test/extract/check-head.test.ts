import { describe, expect, it } from 'vitest';
import { checkHeadFits } from '../../src/extract/check-head.js';
import { readHeadManifest, readManifest } from '../../src/session/read-manifest.js';
import type { ValueInfo } from '../../src/session/runner.js';
import { bytesSource } from '../../src/wire/index.js';
import { fixture } from '../tensor/fixture.js';

const backbone = {
  name: 'b.onnx',
  manifest: await readManifest(bytesSource(fixture('models/tiny-backbone.onnx')), 'b.onnx'),
};
const head = {
  name: 'h.onnx',
  manifest: await readHeadManifest(bytesSource(fixture('models/tiny-head.onnx')), 'h.onnx'),
};
const POOLED: ValueInfo = { name: 'pooled', dtype: 'float32', shape: ['batch', 6] };

describe('checkHeadFits', () => {
  it.each<[string, Partial<ValueInfo>]>([
    ['the same shape', {}],
    ['a fixed batch', { shape: [4, 6] }],
    ['a name for a size', { shape: ['N', 'features'] }],
  ])('accepts %s', (_, change) => {
    expect(() => {
      checkHeadFits(backbone, head, [{ ...POOLED, ...change }]);
    }).not.toThrow();
  });

  it.each<[string, ValueInfo[], RegExp]>([
    ['another name', [{ ...POOLED, name: 'embedding' }], /returns no pooled but "embedding"/u],
    ['another size', [{ ...POOLED, shape: ['N', 7] }], /returns float32 \[N, 7\]/u],
    ['another rank', [{ ...POOLED, shape: ['N', 6, 1, 1] }], /returns float32 \[N, 6, 1, 1\]/u],
    ['another dtype', [{ ...POOLED, dtype: 'float16' }], /returns float16 \[batch, 6\]/u],
    ['no tensor', [{ ...POOLED, dtype: null, shape: [] }], /returns no tensor/u],
    [
      'an output of the same name as the logits',
      [POOLED, { name: 'logits', dtype: 'float32', shape: [] }],
      /both have an output logits/u,
    ],
  ])('refuses %s', (_, outputs, message) => {
    expect(() => {
      checkHeadFits(backbone, head, outputs);
    }).toThrow(message);
  });
});

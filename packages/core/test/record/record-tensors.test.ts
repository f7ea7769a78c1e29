import { describe, expect, it } from 'vitest';
import { featureTensor } from '../../src/record/feature-tensor.js';
import { recordToTensors } from '../../src/record/record-tensors.js';
import { readSafetensors, writeSafetensors } from '../../src/tensor/safetensors.js';

function vector(value: number) {
  const data = Float32Array.of(value, value);
  return featureTensor({ dtype: 'float32', shape: [1, 2], layout: 'NC', data });
}

describe('recordToTensors', () => {
  it('names tensors as files do', () => {
    const record = { stages: [vector(1), vector(2)], unpooled: vector(3), pooled: vector(4) };
    const tensors = recordToTensors(record);
    expect(Object.keys(tensors)).toEqual(['stages.0', 'stages.1', 'unpooled', 'pooled']);
    expect(tensors.pooled!.data).toBe(record.pooled.data);
  });

  it('numbers the branches of unpooled', () => {
    const tensors = recordToTensors({ logits: vector(1), unpooled: [vector(2), vector(3)] });
    expect(Object.keys(tensors)).toEqual(['unpooled.0', 'unpooled.1', 'logits']);
  });

  it('survives a safetensors file', () => {
    const tensors = recordToTensors({ stages: [vector(1)], logits: vector(2) });
    const file = readSafetensors(writeSafetensors(tensors));
    expect(Object.fromEntries(file.tensors)).toEqual(tensors);
  });
});

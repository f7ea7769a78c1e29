import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { demoLabels, demoModel, demoPhotos, demoPreprocess } from '../src/index.js';

/** Big-endian width and height of a PNG's IHDR chunk. */
function pngSize(bytes: Buffer): [number, number] {
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

describe('demoModel', () => {
  it('is an ONNX file with the weights inside', async () => {
    const bytes = await readFile(demoModel);
    // ModelProto.ir_version (field 1, varint) = 8, then producer_name (field 2) = "pytorch".
    expect(bytes.subarray(0, 11).toString('latin1')).toBe('\x08\x08\x12\x07pytorch');
    expect(bytes.length).toBeGreaterThan(18_000_000);
  });

  it('has the logits as its only output', async () => {
    const bytes = await readFile(demoModel);
    // The file ends with GraphProto.input and .output, then ModelProto.opset_import; each value
    // info begins with its name (field 1) and is shorter than 128 bytes.
    const input = bytes.lastIndexOf('\x0a\x05input') - 2;
    const output = input + 2 + (bytes[input + 1] ?? 0);
    const opset = output + 2 + (bytes[output + 1] ?? 0);
    expect([input, output, opset].map((at) => (bytes[at] ?? 0) >> 3)).toEqual([11, 12, 8]);
    expect(bytes.subarray(output + 2, output + 10).toString('latin1')).toBe('\x0a\x06logits');
    expect(bytes.subarray(opset).toString('hex')).toBe('42021012'); // default domain, version 18
  });
});

describe('demoLabels', () => {
  it('names 1,000 different classes in ImageNet order', async () => {
    const text = await readFile(demoLabels, 'utf8');
    const labels = text.trimEnd().split('\n');
    expect(labels).toHaveLength(1000);
    expect(new Set(labels).size).toBe(1000);
    expect([0, 281, 282, 285, 657, 967, 999].map((index) => labels[index])).toEqual([
      'tench',
      'tabby',
      'tiger cat',
      'Egyptian cat',
      'missile',
      'espresso',
      'toilet tissue',
    ]);
  });
});

describe('demoPhotos', () => {
  it.each([
    ['coffee', [600, 400]],
    ['chelsea', [451, 300]],
  ] as const)('%s is a PNG of the stated size', async (name, size) => {
    expect(pngSize(await readFile(demoPhotos[name]))).toEqual(size);
  });

  it('rocket is a JPEG', async () => {
    const bytes = await readFile(demoPhotos.rocket);
    expect(bytes.subarray(0, 3).toString('hex')).toBe('ffd8ff');
  });
});

describe('demoPreprocess', () => {
  it('is what the weights were trained with', () => {
    expect(demoPreprocess).toEqual({
      inputSize: [3, 224, 224],
      interpolation: 'bicubic',
      cropPct: 0.875,
      cropMode: 'center',
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    });
  });
});

import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import { stageHeatmap } from '../../src/picture/stage-heatmap.js';
import { recordToTensors } from '../../src/record/record-tensors.js';
import { topLabels } from '../../src/record/top-labels.js';
import { fromFloat16Bits } from '../../src/tensor/float16.js';
import { readNpy, writeNpy } from '../../src/tensor/npy.js';
import { readSafetensors, writeSafetensors } from '../../src/tensor/safetensors.js';
import { toFloat32 } from '../../src/tensor/to-float32.js';
import { maxDifference, modelPath, truth } from './models.js';

/** Half a unit of the 11th significant bit, relative, and room for another order of sums. */
const ROUNDING = 2 ** -11 + 1e-6;

async function records() {
  await using halves = await createExtractor(modelPath('tiny-cast'));
  await using floats = await createExtractor(modelPath('tiny'));
  const input = truth('input');
  return { halves: await halves.run(input), floats: await floats.run(input) };
}

describe('a record whose fields are cast to float16', () => {
  it('has float16 where the manifest says so, and float32 elsewhere', async () => {
    const { halves, floats } = await records();
    const expected = recordToTensors(floats);
    for (const [name, tensor] of Object.entries(recordToTensors(halves))) {
      expect(tensor.dtype, name).toBe(name === 'logits' ? 'float32' : 'float16');
      expect(tensor.shape, name).toEqual(expected[name]!.shape);
      const values = toFloat32(tensor);
      const wanted = expected[name]!.data as Float32Array;
      expect(values.length).toBe(wanted.length);
      for (let i = 0; i < wanted.length; i++) {
        const error = Math.abs(values[i]! - wanted[i]!);
        expect(error, name).toBeLessThanOrEqual(Math.abs(wanted[i]!) * ROUNDING + 2 ** -24);
      }
    }
    // Rounding must be seen somewhere, or nothing was cast.
    expect(maxDifference(toFloat32(halves.pooled!), toFloat32(floats.pooled!))).toBeGreaterThan(0);
  });

  it('gives views of single images as raw bits', async () => {
    const { pooled } = (await records()).halves;
    const row = pooled!.row(2);
    expect(row).toBeInstanceOf(Uint16Array);
    expect(row.buffer).toBe(pooled!.data.buffer);
    const expected = toFloat32(pooled!).subarray(12, 18);
    expect(Array.from(row, fromFloat16Bits)).toEqual(Array.from(expected));
  });

  it('survives .safetensors and .npy files', async () => {
    const tensors = recordToTensors((await records()).halves);
    const file = readSafetensors(writeSafetensors(tensors));
    expect(Object.fromEntries(file.tensors)).toEqual(tensors);
    for (const tensor of Object.values(tensors)) {
      expect(readNpy(writeNpy(tensor))).toEqual(tensor);
    }
  });

  it('gives heatmaps of the same shades, one apart at most', async () => {
    const { halves, floats } = await records();
    for (const [index, stage] of halves.stages.entries()) {
      const found = stageHeatmap(stage, { row: 1, colormap: 'gray' });
      const expected = stageHeatmap(floats.stages[index]!, { row: 1, colormap: 'gray' });
      expect(maxDifference(found.data, expected.data)).toBeLessThanOrEqual(1);
      expect(new Set(found.data).size).toBeGreaterThan(4);
    }
  });
});

describe('logits in float16', () => {
  it('give the same top labels', async () => {
    await using model = await createExtractor(modelPath('tiny-float16'));
    await using plain = await createExtractor(modelPath('tiny'));
    const path = new URL('../fixtures/images/photo.png', import.meta.url);
    const found = await model.run(path, { fields: ['logits'] });
    const expected = await plain.run(path, { fields: ['logits'] });
    expect(found.logits.dtype).toBe('float16');
    const { labels } = model.manifest;
    const best = topLabels(found.logits, { labels });
    const wanted = topLabels(expected.logits, { labels });
    expect(best.map((each) => each.label)).toEqual(wanted.map((each) => each.label));
    for (const [index, each] of best.entries()) {
      expect(each.probability).toBeCloseTo(wanted[index]!.probability, 2);
    }
  });
});

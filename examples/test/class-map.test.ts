// The pieces of three packages together: surgery states the weights, core reads them.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  classActivationMap,
  classHeatmap,
  createExtractor,
  readClassWeights,
} from '@featuretap/core';
import { demoModel, demoPhotos, demoPreprocess as preprocess } from '@featuretap/demo';
import { reheadFile, tapFile } from '@featuretap/onnx-export/node';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'featuretap-class-map-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('class activation maps of the demo model', () => {
  it.each(['copy', 'link'] as const)(
    'have a mean that is the logit but for the bias, weights by %s',
    async (weights) => {
      const original = join(folder, 'model.onnx');
      copyFileSync(fileURLToPath(demoModel), original);
      const tapped = join(folder, `${weights}.onnx`);
      await tapFile(original, tapped, { preprocess, weights });
      const classWeights = await readClassWeights(tapped);
      expect(classWeights.shape).toEqual([1000, 1280]);
      await using extractor = await createExtractor(tapped);
      const photos = Object.values(demoPhotos);
      const { unpooled, logits } = await extractor.run(photos, { fields: ['unpooled', 'logits'] });
      if (!('data' in unpooled)) throw new Error('one branch');
      // The bias of a class is the same for every photo: what is left of the logit is constant.
      for (const classIndex of [967, 285, 0, 999]) {
        const rest = photos.map((_, row) => {
          const { values } = classActivationMap(unpooled, classWeights, { classIndex, row });
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
          return logits.row(row)[classIndex]! - mean;
        });
        // Float32 means and products in another order: differences in the last bits.
        expect(Math.max(...rest) - Math.min(...rest)).toBeLessThan(2e-4);
      }
      const picture = classHeatmap(unpooled, classWeights, {
        classIndex: 967,
        width: 224,
        height: 224,
      });
      expect(picture.data).toHaveLength(224 * 224 * 3);
      expect(new Set(picture.data).size).toBeGreaterThan(50);
    },
  );

  it('are refused where the head is another', async () => {
    const replaced = join(folder, 'replaced.onnx');
    const weight = { shape: [2, 1280], data: new Float32Array(2 * 1280).fill(0.1) };
    await reheadFile(demoModel, replaced, { kind: 'replace', weight }, { preprocess });
    await expect(readClassWeights(replaced)).rejects.toMatchObject({ code: 'TAP_NOT_FOUND' });
  });

  it('refuse unpooled of another width and labels that do not exist', () => {
    const weights = { dtype: 'float32', shape: [3, 4], data: new Float32Array(12) } as const;
    const map = {
      dtype: 'float32',
      layout: 'NCHW',
      shape: [1, 4, 2, 2],
      data: new Float32Array(16),
    } as const;
    expect(classActivationMap(map, weights, { classIndex: 2 }).values).toHaveLength(4);
    for (const [shape, classIndex] of [
      [[1, 2, 2, 4], 0],
      [[1, 4, 2, 2], 3],
    ] as const) {
      const other = { ...map, shape };
      expect(() => classActivationMap(other, weights, { classIndex })).toThrow(
        /INPUT_INVALID|Expected/,
      );
    }
  });
});

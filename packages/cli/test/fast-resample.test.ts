import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createExtractor, topLabels, type Extractor } from '@featuretap/core';
import { demoModel, demoPhotos, demoPreprocess } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './run-command.js';

const tapped = join(temporaryFolder(), 'tapped.onnx');
const photos = ['chelsea', 'coffee', 'rocket'] as const;
let exact: Extractor;
let fast: Extractor;

beforeAll(async () => {
  await tapFile(demoModel, tapped, { preprocess: demoPreprocess });
  exact = await createExtractor(tapped);
  fast = await createExtractor(tapped, { resample: 'fast' });
});

afterAll(async () => {
  await Promise.all([exact.close(), fast.close()]);
});

/** The photo as it is, or shrunk by 4 and more on its way to the model. */
async function makeInput(name: (typeof photos)[number], factor: number): Promise<Uint8Array | URL> {
  const url = demoPhotos[name];
  if (factor === 1) return url;
  const photo = sharp(fileURLToPath(url));
  const { width } = await photo.metadata();
  return photo
    .resize(width * factor)
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** 1 - cosine of two vectors. */
function cosineDistance(left: Float32Array, right: Float32Array): number {
  let product = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  for (const [i, value] of left.entries()) {
    product += value * right[i]!;
    leftSquares += value ** 2;
    rightSquares += right[i]! ** 2;
  }
  return 1 - product / Math.sqrt(leftSquares * rightSquares);
}

describe('resample fast', () => {
  const only = { fields: ['pooled', 'logits'] } as const;
  it.each(photos.flatMap((name) => [1, 4, 7].map((factor) => [name, factor] as const)))(
    'keeps the first label of %s, enlarged by %d, and its pooled vector within 0.005',
    async (name, factor) => {
      const input = await makeInput(name, factor);
      const [one, other] = await Promise.all([exact.run(input, only), fast.run(input, only)]);
      const distance = cosineDistance(
        one.pooled.data as Float32Array,
        other.pooled.data as Float32Array,
      );
      // Measured: at most 0.0014 for JPEG. Not zero, so that libvips has really resized.
      expect(distance).toBeGreaterThan(1e-7);
      expect(distance).toBeLessThan(0.005);
      const [first] = topLabels(other.logits, { k: 1 });
      const logits = one.logits.data as Float32Array;
      // Two kinds of cat are equally likely; the other photos are ahead by 0.3 and more.
      expect(logits[first!.index]!).toBeGreaterThan(Math.max(...logits) - 0.2);
    },
  );
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createExtractor,
  decodeImage,
  readLabels,
  readSafetensors,
  recordToTensors,
  resizeAndCrop,
  topLabels,
} from '@featuretap/core';
import { demoLabels, demoModel, demoPhotos, demoPreprocess } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './run-command.js';

/** ONNX in float32 against PyTorch, relative to each field's largest value. */
const TOLERANCE = 1e-4;

const tapped = join(temporaryFolder(), 'demo.taps.onnx');

beforeAll(async () => {
  await tapFile(demoModel, tapped, { preprocess: demoPreprocess });
});

/** What timm itself computes: see tools/python/make_demo_golden.py. */
function golden(photo: string): ReturnType<typeof readSafetensors>['tensors'] {
  const file = new URL(`../../../tools/golden/${photo}.safetensors`, import.meta.url);
  return readSafetensors(readFileSync(file)).tensors;
}

describe.each(['coffee', 'chelsea', 'rocket'] as const)('%s', (photo) => {
  it('is resized and cropped to the pixels of timm, bit for bit', async () => {
    const image = resizeAndCrop(await decodeImage(demoPhotos[photo]), demoPreprocess);
    expect(Buffer.compare(image.data, golden(photo).get('pixels')!.data as Uint8Array)).toBe(0);
  });

  it('has the record of timm', async () => {
    await using extractor = await createExtractor(tapped);
    const tensors = recordToTensors(await extractor.run(demoPhotos[photo]));
    const reference = golden(photo);
    const fields = [...reference.keys()].filter((key) => key !== 'pixels' && key !== 'input');
    expect(Object.keys(tensors).sort()).toEqual(fields.sort());
    for (const field of fields) {
      const ours = tensors[field]!;
      const theirs = reference.get(field)!;
      expect(ours.shape).toEqual(theirs.shape);
      let scale = 0;
      let error = 0;
      for (let i = 0; i < theirs.data.length; i++) {
        scale = Math.max(scale, Math.abs(Number(theirs.data[i])));
        error = Math.max(error, Math.abs(Number(ours.data[i]) - Number(theirs.data[i])));
      }
      expect(error / scale, field).toBeLessThan(TOLERANCE);
    }
  });

  it('has the label that a person would give', async () => {
    await using extractor = await createExtractor(tapped);
    const { logits } = await extractor.run(demoPhotos[photo], { fields: ['logits'] });
    const top = topLabels(logits, { k: 3, labels: await readLabels(demoLabels) });
    const probability = (wanted: string[]): number =>
      top.reduce(
        (sum, { label, probability }) => sum + (wanted.includes(label ?? '') ? probability : 0),
        0,
      );
    if (photo === 'coffee') expect(probability(['espresso'])).toBeCloseTo(0.93, 2);
    if (photo === 'chelsea') {
      expect(probability(['tiger cat', 'Egyptian cat', 'tabby'])).toBeGreaterThan(0.9);
    }
    if (photo === 'rocket') expect(top[0]?.label).toBe('missile');
  });
});

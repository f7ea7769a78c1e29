import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import {
  extractorOptionsSchema,
  headOptionsSchema,
  type ExtractorOptions,
} from '../../src/extract/extractor-options.js';
import { decodeResized } from '../../src/preprocess/decode-resized.js';
import { normalizeInto } from '../../src/preprocess/normalize-into.js';
import { errorOf } from '../extract/error-of.js';
import { imagePath, modelPath } from '../extract/models.js';

describe('the option resample', () => {
  it('is exact unless it is given', () => {
    expect(extractorOptionsSchema.parse({}).resample).toBe('exact');
    expect(extractorOptionsSchema.parse({ resample: 'fast' }).resample).toBe('fast');
  });

  it.each(['quick', 'FAST', '', true, null, ['fast']])('is refused as %j', async (resample) => {
    const options = { resample } as unknown as ExtractorOptions;
    const error = await errorOf(createExtractor(modelPath('tiny'), options));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/options of createExtractor.*resample/su);
  });

  it('is none of a head, which takes no images', () => {
    expect(headOptionsSchema.safeParse({ resample: 'exact' }).success).toBe(false);
  });

  it.each(['thread', 'process'] as const)(
    'reaches the workers of isolation %s',
    async (isolation) => {
      const file = modelPath('tiny');
      await using exact = await createExtractor(file, { isolation });
      await using fast = await createExtractor(file, { isolation, resample: 'fast' });
      const preprocess = fast.manifest.preprocess!;
      const image = imagePath('large.jpg');
      const cropped = await decodeResized(image, preprocess, { policy: 'as-trained' });
      const data = new Float32Array(cropped.data.length);
      normalizeInto(cropped, preprocess, data);
      const shape = [1, ...preprocess.inputSize];
      const only = { fields: ['pooled'] } as const;
      const expected = await exact.run({ dtype: 'float32', shape, data }, only);
      expect((await fast.run(image, only)).pooled.data).toEqual(expected.pooled.data);
      expect((await exact.run(image, only)).pooled.data).not.toEqual(expected.pooled.data);
    },
  );
});

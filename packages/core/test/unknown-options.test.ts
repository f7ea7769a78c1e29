import { describe, expect, it } from 'vitest';
import {
  createExtractor,
  decodeImage,
  extractorOptionsSchema,
  headOptionsSchema,
  headRunOptionsSchema,
  openHead,
  overlayHeatmap,
  readLabels,
  runOptionsSchema,
  stageHeatmap,
  topLabels,
  type FeatureTensor,
  type RgbImage,
} from '../src/index.js';
import { errorOf } from './extract/error-of.js';
import { imagePath, modelPath, truth } from './extract/models.js';

/** As a caller without types may pass it. */
const options = { unheardOf: 1 } as never;

const image: RgbImage = { width: 1, height: 1, data: new Uint8Array(3) };
const stage = { ...truth('stages.0'), layout: 'NCHW' } as unknown as FeatureTensor;
const logits = { ...truth('logits'), layout: 'NC' } as unknown as FeatureTensor;

describe('unknown options are refused by', () => {
  it.each<[string, () => unknown]>([
    ['createExtractor', () => createExtractor(modelPath('tiny'), options)],
    ['openHead', () => openHead(modelPath('tiny-head'), options)],
    ['decodeImage', () => decodeImage(imagePath('photo.png'), options)],
    ['readLabels', () => readLabels(imagePath('photo.png'), options)],
    ['topLabels', () => topLabels(logits, options)],
    ['stageHeatmap', () => stageHeatmap(stage, options)],
    ['overlayHeatmap', () => overlayHeatmap(image, image, options)],
  ])('%s', async (name, call) => {
    const error = await errorOf(Promise.resolve().then(call));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toContain(`options of ${name}`);
    expect(error.message).toContain('unheardOf');
  });

  it('runs of extractors and heads', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    await using head = await openHead(modelPath('tiny-head'));
    const { pooled } = await extractor.run(truth('input'), { fields: ['pooled'] });
    for (const run of [extractor.run(truth('input'), options), head.run(pooled, options)]) {
      const error = await errorOf(run);
      expect(error.code).toBe('OPTION_INVALID');
      expect(error.message).toContain('unheardOf');
    }
  });

  it('the exported schemas', () => {
    const schemas = [
      extractorOptionsSchema,
      headOptionsSchema,
      headRunOptionsSchema,
      runOptionsSchema,
    ];
    for (const schema of schemas) {
      expect(schema.safeParse({}).success).toBe(true);
      const { error } = schema.safeParse(options);
      expect(error?.issues[0]?.message).toContain('unknown option unheardOf; known options are');
    }
  });
});

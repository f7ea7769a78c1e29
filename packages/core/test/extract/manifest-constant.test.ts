import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import { manifestSchema } from '../../src/spec/manifest.js';
import { manifestConstantSchema } from '../../src/spec/manifest-constant.js';
import { tiny } from '../fixtures/constants/tiny.js';
import { tinyBatch3 } from '../fixtures/constants/tiny-batch-3.js';
import { tinyBranches } from '../fixtures/constants/tiny-branches.js';
import { tinyHeadless } from '../fixtures/constants/tiny-headless.js';
import { errorOf } from './error-of.js';
import { modelPath, truth } from './models.js';

describe('an extractor with a manifest constant', () => {
  it('returns what the types say', async () => {
    await using extractor = await createExtractor(modelPath('tiny'), { manifest: tiny });
    const { stages, unpooled, pooled, logits } = await extractor.run(truth('input'));
    // Annotated: none of this compiles when a literal is lost.
    const low: readonly [number, 4, 8, 8] = stages[0].shape;
    const high: readonly [number, 8, 4, 4] = stages[1].shape;
    const map: readonly [number, 6, 4, 4] = unpooled.shape;
    const vector: readonly [number, 6] = pooled.shape;
    const classes: readonly [number, 5] = logits.shape;
    const reductions: readonly [2, 4] = [stages[0].reduction, stages[1].reduction];
    expect([low, high]).toEqual([
      [3, 4, 8, 8],
      [3, 8, 4, 4],
    ]);
    expect([map, vector, classes]).toEqual([
      [3, 6, 4, 4],
      [3, 6],
      [3, 5],
    ]);
    expect(reductions).toEqual([2, 4]);
    expect([stages[0].layout, logits.dtype]).toEqual(['NCHW', 'float32']);
  });

  it('has no key for logits that the network lacks', async () => {
    await using extractor = await createExtractor(modelPath('tiny-headless'), {
      manifest: tinyHeadless,
    });
    const record = await extractor.run(truth('input'));
    const keys: readonly (keyof typeof record)[] = ['stages', 'unpooled', 'pooled'];
    expect(Object.keys(record)).toEqual(keys);
  });

  it('has a tuple for several branches', async () => {
    await using extractor = await createExtractor(modelPath('tiny-branches'), {
      manifest: tinyBranches,
    });
    const { unpooled, stages } = await extractor.run(truth('input'));
    const shapes: readonly [readonly [number, 4, 8, 8], readonly [number, 8, 4, 4]] = [
      unpooled[0].shape,
      unpooled[1].shape,
    ];
    expect(shapes).toEqual([
      [3, 4, 8, 8],
      [3, 8, 4, 4],
    ]);
    const none: 0 = stages.length;
    expect(none).toBe(0);
  });

  it('runs any number of images with a model of a fixed batch, as the type says', async () => {
    await using extractor = await createExtractor(modelPath('tiny-batch-3'), {
      manifest: tinyBatch3,
    });
    const { pooled } = await extractor.run([truth('input'), truth('input')], {
      fields: ['pooled'],
    });
    const [rows, width]: readonly [number, 6] = pooled.shape;
    expect([rows, width]).toEqual([6, 6]);
  });

  it('describes a backbone together with its head', async () => {
    const options = { head: modelPath('tiny-head'), manifest: tiny };
    await using views = await createExtractor(modelPath('tiny-backbone'), options);
    const { logits } = await views.run(truth('input'), { fields: ['logits'] });
    const shape: readonly [number, 5] = logits.shape;
    expect(shape).toEqual([3, 5]);
    const error = await errorOf(createExtractor(modelPath('tiny-backbone'), { manifest: tiny }));
    expect(error.message).toContain('logits is one output in the option and absent in the file');
  });

  it('does not need class names, and keeps those of the file', async () => {
    const { labels, ...manifest } = tiny;
    const bytes = readFileSync(modelPath('tiny'));
    await using extractor = await createExtractor({ bytes }, { manifest });
    expect(extractor.manifest.labels).toEqual(labels);
  });

  it('refuses a file that is another', async () => {
    const error = await errorOf(createExtractor(modelPath('tiny-float16'), { manifest: tiny }));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain(
      'the dtype of the input is float32 in the option and float16 in the file',
    );
    expect(error.message).toContain('Write the constant again with `featuretap types`');
  });

  it('refuses a constant that is none', async () => {
    const manifest = { ...tiny, stages: [] };
    const error = await errorOf(createExtractor(modelPath('tiny'), { manifest }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toContain('manifest: Unrecognized key: "stages"');
  });
});

describe('manifestConstantSchema', () => {
  it('differs from that of manifests in the labels alone', () => {
    const { labels, ...unlabelled } = tiny;
    expect(labels).toHaveLength(5);
    expect(manifestConstantSchema.parse(unlabelled)).toEqual(unlabelled);
    expect(manifestSchema.safeParse(unlabelled).success).toBe(false);
    expect(manifestConstantSchema.parse(tiny)).toEqual(manifestSchema.parse(tiny));
    expect(manifestConstantSchema.safeParse({ ...tiny, record: {} }).success).toBe(false);
  });
});

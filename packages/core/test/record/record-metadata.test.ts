import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import { recordMetadata } from '../../src/record/record-metadata.js';
import { recordMetadataSchema } from '../../src/spec/record-metadata-schema.js';
import { errorOf } from '../extract/error-of.js';
import { modelPath, truth } from '../extract/models.js';

const map = { dtype: 'float32', shape: [1, 8, 4, 4], layout: 'NCHW' } as const;

describe('recordMetadata', () => {
  it('has names, dtypes, shapes, layouts and reductions, and no elements', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const metadata = recordMetadata(await extractor.run(truth('input')));
    expect(metadata).toEqual({
      stages: [
        { dtype: 'float32', shape: [3, 4, 8, 8], layout: 'NCHW', reduction: 2 },
        { dtype: 'float32', shape: [3, 8, 4, 4], layout: 'NCHW', reduction: 4 },
      ],
      unpooled: { dtype: 'float32', shape: [3, 6, 4, 4], layout: 'NCHW' },
      pooled: { dtype: 'float32', shape: [3, 6], layout: 'NC' },
      logits: { dtype: 'float32', shape: [3, 5], layout: 'NC' },
    });
    expect(recordMetadataSchema.parse(JSON.parse(JSON.stringify(metadata)))).toEqual(metadata);
  });

  it('has lists of branches, and only the fields of the record', async () => {
    await using extractor = await createExtractor(modelPath('tiny-branches'));
    const metadata = recordMetadata(await extractor.run(truth('input'), { fields: ['unpooled'] }));
    expect(metadata).toEqual({
      unpooled: [
        { dtype: 'float32', shape: [3, 4, 8, 8], layout: 'NCHW' },
        { dtype: 'float32', shape: [3, 8, 4, 4], layout: 'NCHW' },
      ],
    });
  });

  it('has extra outputs in their order, whatever they are called', async () => {
    await using extractor = await createExtractor(modelPath('tiny-extras'));
    const extras = ['constructor', '495'];
    const { extras: found } = recordMetadata(
      await extractor.run(truth('input'), { fields: ['pooled'], extras }),
    );
    expect(found?.map(({ name }) => name)).toEqual(extras);
    expect(found?.[1]).toEqual({ name: '495', dtype: 'float32', shape: [3, 2] });
  });

  it('refuses what is no record', async () => {
    const broken = { pooled: { ...map, dtype: 'int8' } } as never;
    const error = await errorOf(Promise.resolve().then(() => recordMetadata(broken)));
    expect(error.code).toBe('INPUT_INVALID');
  });
});

describe('recordMetadataSchema', () => {
  it.each<[string, unknown]>([
    ['an unknown field', { maps: [map] }],
    ['elements', { pooled: { ...map, data: [1] } }],
    ['a dtype that no field has', { pooled: { ...map, dtype: 'int64' } }],
    ['a name for a size', { pooled: { ...map, shape: ['N', 8, 4, 4] } }],
    ['an unknown layout', { pooled: { ...map, layout: 'NWHC' } }],
    ['one branch as a list', { unpooled: [map] }],
    ['a reduction of pooled', { pooled: { ...map, reduction: 4 } }],
  ])('refuses %s', (_, value) => {
    expect(recordMetadataSchema.safeParse(value).success).toBe(false);
  });

  it('takes a record without fields, and stages of no length', () => {
    expect(recordMetadataSchema.parse({})).toEqual({});
    expect(recordMetadataSchema.parse({ stages: [] })).toEqual({ stages: [] });
  });
});

import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import { recordRow } from '../../src/record/record-row.js';
import { modelPath, truth } from '../extract/models.js';

describe('the reduction of a stage', () => {
  it('is in the record and in that of each image, and not in other fields', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const record = await extractor.run(truth('input'));
    for (const each of [record, recordRow(record, 1)]) {
      expect(each.stages.map(({ reduction }) => reduction)).toEqual([2, 4]);
      expect(each.unpooled).not.toHaveProperty('reduction');
      expect(each.pooled).not.toHaveProperty('reduction');
    }
  });

  it('is what the sizes say', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    const { stages } = await extractor.run(truth('input'), { fields: ['stages'] });
    const [, , , width = 0] = truth('input').shape;
    for (const { shape, reduction } of stages) expect(shape[3]).toBe(width / reduction!);
  });
});

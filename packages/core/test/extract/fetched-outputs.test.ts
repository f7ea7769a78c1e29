import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import type { BatchRequest, Runner } from '../../src/session/runner.js';
import type * as Pool from '../../src/session/thread-pool.js';
import { modelPath, truth } from './models.js';

/** The requests that reached the workers; they were answered as usual. */
const requests = vi.hoisted((): BatchRequest[] => []);

vi.mock('../../src/session/thread-pool.js', async (importOriginal) => {
  const { startThreadPool } = await importOriginal<typeof Pool>();
  return {
    startThreadPool: async (...args: Parameters<typeof startThreadPool>): Promise<Runner> => {
      const runner = await startThreadPool(...args);
      const run: Runner['run'] = (request, transfer) => {
        requests.push(request);
        return runner.run(request, transfer);
      };
      return { ...runner, run };
    },
  };
});

beforeEach(() => {
  requests.length = 0;
});

describe('a run', () => {
  it('fetches the outputs of the named fields and no others', async () => {
    await using extractor = await createExtractor(modelPath('tiny'));
    await extractor.run(truth('input'), { fields: ['pooled'] });
    await extractor.run(truth('input'), { fields: ['stages', 'logits', 'stages'] });
    await extractor.run(truth('input'));
    expect(requests.map((request) => request.outputs)).toEqual([
      ['pooled'],
      ['stages.0', 'stages.1', 'logits'],
      ['stages.0', 'stages.1', 'unpooled', 'pooled', 'logits'],
    ]);
  });

  it('sends nothing to the workers that it refuses', async () => {
    await using extractor = await createExtractor(modelPath('tiny-headless'));
    await expect(extractor.run(truth('input'), { fields: ['logits'] })).rejects.toThrow();
    await expect(extractor.run([])).rejects.toThrow();
    expect(requests).toEqual([]);
  });
});

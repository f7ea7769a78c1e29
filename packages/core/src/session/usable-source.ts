import { firstChanged } from '../node/file-identity.js';
import { FeaturetapError } from '../spec/errors.js';
import type { ModelSource } from './worker-messages.js';

/**
 * What a worker loads of a model: the same as the workers before it, or nothing.
 *
 * A worker that replaces a dead one loads the model later than the others did. What has taken its
 * place since, or that of its weights, would answer in the same stream. Of a compiled model that has
 * left the cache the original is loaded, which gives the same bits.
 *
 * @throws FeaturetapError `MANIFEST_INVALID`
 */
export async function usableSource(model: ModelSource): Promise<ModelSource> {
  if (model.kind === 'bytes') return model;
  const changed = await firstChanged(model.files);
  if (changed === null) return model;
  if (model.original !== undefined) return usableSource(model.original);
  throw new FeaturetapError(
    'MANIFEST_INVALID',
    `Expected ${changed} as it was when the extractor was created, but it is gone, was replaced or ` +
      'written to. Create a new extractor.',
  );
}

import type { FileSource } from '@featuretap/core/node';
import { FeaturetapError, isFeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { Model } from '../proto/model.js';
import { readModel } from '../proto/read-model.js';

/**
 * Reads a model from an open file; errors name the file.
 *
 * @throws FeaturetapError as `readModel`
 */
export async function readModelFile(source: FileSource): Promise<Model> {
  try {
    return await readModel(source);
  } catch (error) {
    if (!isFeaturetapError(error) || !error.code.startsWith('MODEL_')) throw error;
    const message = `${printableName(source.path, 1000)}: ${error.message}`;
    throw new FeaturetapError(error.code, message, { cause: error });
  }
}

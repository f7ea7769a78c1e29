import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFileSource } from '../node/open-file-source.js';
import { readManifest } from '../session/read-manifest.js';
import { FeaturetapError } from '../spec/errors.js';
import { toFloat32 } from '../tensor/to-float32.js';
import type { Tensor } from '../tensor/tensor.js';
import { readInitializer } from './read-initializer.js';

/** The classifier's weights, [classes, D], float32. */
export type ClassWeights = Tensor<'float32'>;

/**
 * Reads the weights of a tapped file's classifier, for class activation maps.
 *
 * Only a classifier has them here for which such a map is exact: logits are linear in pooled, and
 * pooled is the mean of unpooled over its positions.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` for any other head, and for files that were tapped without
 * unpooled and logits; `MODEL_UNSUPPORTED`, `MANIFEST_INVALID`, and what reading throws
 */
export async function readClassWeights(file: string | URL): Promise<ClassWeights> {
  const path = typeof file === 'string' ? resolve(file) : fileURLToPath(file);
  const manifest = await readManifestOf(path);
  const { classWeights, weightFiles = [] } = manifest;
  if (classWeights === undefined) {
    throw new FeaturetapError(
      'TAP_NOT_FOUND',
      `Expected a classifier that is linear in the mean of unpooled, but ${path} has another head, or ` +
        'its manifest does not say. A class activation map would not be exact there; draw the ' +
        'energy of unpooled with stageHeatmap.',
    );
  }
  const tensor = await readInitializer(path, classWeights.initializer, weightFiles);
  const data = toFloat32(tensor);
  const [rows = 0, columns = 0] = tensor.shape;
  if (!classWeights.transposed) return { dtype: 'float32', shape: [rows, columns], data };
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = data[row * columns + column]!;
    }
  }
  return { dtype: 'float32', shape: [columns, rows], data: turned };
}

async function readManifestOf(path: string): ReturnType<typeof readManifest> {
  await using source = await openFileSource(path);
  return await readManifest(source, path);
}

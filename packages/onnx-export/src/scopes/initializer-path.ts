import { MAX_MODULE_DEPTH } from '../limits.js';
import type { Node } from '../proto/model.js';
import type { ModulePath } from './module-path.js';

/** Name of a module's weights behind its path, as PyTorch's `state_dict` has it. */
const WEIGHT = '.weight';

/**
 * Module path from the name of a node's weights: `layer1.0.conv1.weight`.
 *
 * Stronger than a scope: where an exporter folds a BatchNorm into a convolution, torch's dynamo
 * exporter gives the convolution the BatchNorm's scope, but the weights keep their module's name.
 */
export function initializerPath(node: Node): ModulePath | null {
  const weight = node.inputs[1];
  if (weight === undefined || !weight.endsWith(WEIGHT) || weight.includes('/')) return null;
  const path = weight.slice(0, -WEIGHT.length).split('.');
  return path.length > MAX_MODULE_DEPTH || path.includes('') ? null : path;
}

import type { Dim } from '@featuretap/core/spec';
import { PRODUCT_OPERATORS } from '../graph/product-operators.js';
import type { Node } from '../proto/model.js';
import type { TapContext } from './tap-context.js';

/** Shape of the weights that a node multiplies data by, or null for any other node. */
export function weightShape(context: TapContext, node: Node): readonly Dim[] | null {
  const [data = '', weight = ''] = node.inputs;
  if (!PRODUCT_OPERATORS.has(node.opType)) return null;
  if (!context.flow.carriesData(data) || context.flow.carriesData(weight)) return null;
  const dims = context.index.constantOf.get(weight)?.dims ?? context.shapeOf(weight);
  // A stack of matrices is no layer's weight: position tables are multiplied so.
  return dims === undefined || (node.opType === 'MatMul' && dims.length !== 2) ? null : dims;
}

/** Whether a node multiplies data by weights. */
export function isWeightedProduct(context: TapContext, node: Node): boolean {
  return weightShape(context, node) !== null;
}

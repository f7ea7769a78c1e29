import type { Cursor } from '@featuretap/core/wire';
import { bytesField, int64Field } from '../proto/encode.js';
import { DIMENSION, GRAPH, SHAPE, TENSOR_TYPE, TYPE, VALUE_INFO } from '../proto/fields.js';
import type { Model, ValueInfo } from '../proto/model.js';
import { rewriteMessage, type FieldRewrite } from '../proto/rewrite-message.js';

/** Rewrites one field of a message by its number. */
function inside(field: number, rewrite: FieldRewrite): FieldRewrite {
  return (message: Cursor) => rewriteMessage(message, new Map([[field, rewrite]]));
}

/**
 * The declaration of an output with another size on one axis, as a field of the graph; all else it
 * says stays byte for byte.
 */
export async function declareSize(
  { source }: Model,
  { at }: ValueInfo,
  axis: number,
  size: number,
): Promise<Uint8Array> {
  let seen = 0;
  const dim: FieldRewrite = (value) =>
    seen++ === axis ? int64Field(DIMENSION.value, size) : value.bytes;
  const shape = inside(TENSOR_TYPE.shape, inside(SHAPE.dim, dim));
  const declaration = inside(VALUE_INFO.type, inside(TYPE.tensor, shape));
  const bytes = await source.read(at.valueStart, at.end);
  return bytesField(GRAPH.output, declaration({ bytes, at: 0, base: 0 }) ?? bytes);
}

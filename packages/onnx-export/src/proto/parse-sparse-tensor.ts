import { fieldCursor, walkFields, type Cursor } from '@featuretap/core/wire';
import { SPARSE_TENSOR } from './fields.js';
import type { SparseInitializer } from './model.js';
import { parseTensor, pushInts } from './parse-tensor.js';

/**
 * Reads the header of a `SparseTensorProto`: its name is that of its values.
 *
 * @throws FeaturetapError as parseTensor
 */
export function parseSparseTensor(cursor: Cursor): Omit<SparseInitializer, 'at'> {
  let name = '';
  let dataType = 0;
  const dims: number[] = [];
  for (const field of walkFields(cursor)) {
    if (field.field === SPARSE_TENSOR.values) {
      ({ name, dataType } = parseTensor(fieldCursor(cursor, field)));
    } else if (field.field === SPARSE_TENSOR.dims) pushInts(dims, cursor, field);
  }
  return { name, dims, dataType };
}

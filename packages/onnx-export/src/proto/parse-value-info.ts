import { fieldCursor, readInt64, readVarint, walkFields, type Cursor } from '@featuretap/core/wire';
import { DIMENSION, SHAPE, TENSOR_TYPE, TYPE, VALUE_INFO } from './fields.js';
import type { DeclaredDim, ValueInfo } from './model.js';
import { readName } from './read-name.js';

/** A declared value before its place in the file is known. */
export type ParsedValueInfo = Omit<ValueInfo, 'at'>;

function parseDimension(cursor: Cursor): DeclaredDim {
  let dim: DeclaredDim = null;
  for (const field of walkFields(cursor)) {
    if (field.field === DIMENSION.value) {
      const size = readInt64(cursor);
      // Some exporters write -1 or 0 for "unknown".
      dim = size > 0 && Number.isSafeInteger(size) ? size : null;
    } else if (field.field === DIMENSION.param) {
      dim = readName(cursor, field) || null;
    }
  }
  return dim;
}

function parseShape(cursor: Cursor): DeclaredDim[] {
  const dims: DeclaredDim[] = [];
  for (const field of walkFields(cursor)) {
    if (field.field === SHAPE.dim) dims.push(parseDimension(fieldCursor(cursor, field)));
  }
  return dims;
}

/** What types other than tensors are called in messages. */
const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [TYPE.sequence, 'a sequence'],
  [TYPE.map, 'a map'],
  [TYPE.sparseTensor, 'a sparse tensor'],
  [TYPE.optional, 'an optional value'],
]);

/** Reads a `ValueInfoProto`; types other than tensors have data type 0. */
export function parseValueInfo(cursor: Cursor): ParsedValueInfo {
  let name = '';
  let dataType = 0;
  let shape: DeclaredDim[] | null = null;
  let otherType: string | undefined;
  for (const field of walkFields(cursor)) {
    if (field.field === VALUE_INFO.name) name = readName(cursor, field);
    if (field.field !== VALUE_INFO.type) continue;
    const type = fieldCursor(cursor, field);
    for (const kind of walkFields(type)) {
      otherType ??= OTHER_TYPES.get(kind.field);
      if (kind.field !== TYPE.tensor) continue;
      const tensor = fieldCursor(type, kind);
      for (const member of walkFields(tensor)) {
        if (member.field === TENSOR_TYPE.elemType) dataType = readVarint(tensor);
        else if (member.field === TENSOR_TYPE.shape)
          shape = parseShape(fieldCursor(tensor, member));
      }
    }
  }
  return { name, dataType, shape, ...(otherType === undefined ? {} : { otherType }) };
}

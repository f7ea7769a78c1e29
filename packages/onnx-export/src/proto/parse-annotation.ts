import {
  decodeName,
  fieldBytes,
  fieldCursor,
  walkFields,
  type Cursor,
} from '@featuretap/core/wire';
import { ANNOTATION } from './fields.js';
import type { QuantizationAnnotation } from './model.js';
import { parseEntry } from './parse-tensor.js';

/**
 * Reads a `TensorAnnotation`.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED` or `MODEL_MALFORMED`
 */
export function parseAnnotation(cursor: Cursor): Omit<QuantizationAnnotation, 'at'> {
  let tensor = '';
  const parameters: string[] = [];
  for (const field of walkFields(cursor)) {
    if (field.field === ANNOTATION.tensorName) tensor = decodeName(fieldBytes(cursor, field));
    else if (field.field === ANNOTATION.parameters) {
      parameters.push(parseEntry(fieldCursor(cursor, field)).value);
    }
  }
  return { tensor, parameters };
}

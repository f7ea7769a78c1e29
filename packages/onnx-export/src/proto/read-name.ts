import { FeaturetapError } from '@featuretap/core/spec';
import { decodeName, fieldBytes, type Cursor, type WireField } from '@featuretap/core/wire';
import { MAX_NAME_BYTES } from '../limits.js';

/**
 * Reads a field that names something.
 *
 * @throws FeaturetapError `MODEL_LIMIT` when it is longer than any name.
 */
export function readName(cursor: Cursor, field: WireField): string {
  const bytes = fieldBytes(cursor, field);
  if (bytes.length <= MAX_NAME_BYTES) return decodeName(bytes);
  throw new FeaturetapError(
    'MODEL_LIMIT',
    `Expected names of at most ${MAX_NAME_BYTES} bytes, found a longer one at byte ${field.start}. ` +
      'No exporter writes such names; the file is hostile or damaged.',
  );
}

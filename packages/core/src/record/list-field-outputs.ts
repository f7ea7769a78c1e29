import type { FieldName, FieldOutput, Manifest } from '../spec/manifest.js';
import { FeaturetapError } from '../spec/errors.js';

/** The outputs of a tapped file that hold a field, in order; empty when the file lacks it. */
export function listFieldOutputs(manifest: Manifest, field: FieldName): readonly FieldOutput[] {
  const entry = manifest.record[field];
  if (Array.isArray(entry)) return entry;
  return entry.value === null ? [] : [entry];
}

/** The fields that a run returns when none are named: all that the file has, in their order. */
export function availableFields(manifest: Manifest): readonly FieldName[] {
  const fields: readonly FieldName[] = ['stages', 'unpooled', 'pooled', 'logits'];
  return fields.filter((field) => {
    return field === 'stages' || listFieldOutputs(manifest, field).length > 0;
  });
}

/**
 * Checks that a file has the fields that were asked for.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` with the manifest's reason
 */
export function checkFieldsAvailable(manifest: Manifest, fields: readonly FieldName[]): void {
  for (const field of fields) {
    if (listFieldOutputs(manifest, field).length > 0) continue;
    const available = availableFields(manifest).filter((name) => {
      return listFieldOutputs(manifest, name).length > 0;
    });
    throw new FeaturetapError(
      'TAP_NOT_FOUND',
      `Expected the field ${field} in the tapped file, which has ${available.join(', ')}: ` +
        `${absenceReason(manifest, field)}. Ask for other fields, or tap the model again.`,
    );
  }
}

function absenceReason(manifest: Manifest, field: FieldName): string {
  if (field === 'logits' && manifest.view === 'backbone') {
    return 'it is a backbone view, whose logits the option `head` adds';
  }
  if (field === 'stages') return manifest.record.stagesReason ?? 'no reason was recorded';
  const entry = manifest.record[field];
  return 'reason' in entry ? entry.reason : 'no reason was recorded';
}

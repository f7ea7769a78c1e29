import { listFieldOutputs } from '../record/list-field-outputs.js';
import type { ExtraOutput, FieldName, Manifest } from '../spec/manifest.js';

/** Graph outputs of fields and extras; two fields may share one, it is fetched once. */
export function outputNames(
  manifest: Manifest,
  fields: readonly FieldName[],
  extras: readonly ExtraOutput[],
): readonly string[] {
  const specs = fields.flatMap((field) => listFieldOutputs(manifest, field));
  return [...new Set([...specs, ...extras].map((spec) => spec.output))];
}

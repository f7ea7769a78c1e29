import type { FieldName } from '../spec/manifest.js';
import type { Tensor } from '../tensor/tensor.js';
import type { FeatureTensor } from './feature-tensor.js';
import type { RecordFields } from './feature-output.js';

/**
 * The tensors of a record by the names that files use: `stages.0`, `stages.1`, …, `unpooled` (or
 * `unpooled.0`, …), `pooled`, `logits`; nothing is copied.
 */
export function recordToTensors(record: Partial<RecordFields>): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  const fields: readonly FieldName[] = ['stages', 'unpooled', 'pooled', 'logits'];
  for (const field of fields) {
    const value: FeatureTensor | readonly FeatureTensor[] | undefined = record[field];
    if (value === undefined) continue;
    if ('data' in value) tensors[field] = toTensor(value);
    else value.forEach((tensor, index) => (tensors[`${field}.${index}`] = toTensor(tensor)));
  }
  return tensors;
}

function toTensor({ dtype, shape, data }: FeatureTensor): Tensor {
  return { dtype, shape, data };
}

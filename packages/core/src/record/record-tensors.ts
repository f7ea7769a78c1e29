import type { FieldName, Manifest } from '../spec/manifest.js';
import type { Tensor } from '../tensor/tensor.js';
import type { FeatureTensor } from './feature-tensor.js';
import type { RecordFields } from './feature-output.js';

/**
 * The tensors of a record by the names that files use: `stages.0`, `stages.1`, …, `unpooled` (or
 * `unpooled.0`, …), `pooled`, `logits`; nothing is copied.
 *
 * @param manifest - of the tapped file: stages then keep their numbers in the network when the file
 *   lacks some; without it they are numbered by their position in the record.
 */
export function recordToTensors(
  record: Partial<RecordFields>,
  manifest?: Manifest,
): Record<string, Tensor> {
  const number = (field: FieldName, position: number): number =>
    (field === 'stages' ? manifest?.record.stages[position]?.index : undefined) ?? position;
  const tensors: Record<string, Tensor> = {};
  const fields: readonly FieldName[] = ['stages', 'unpooled', 'pooled', 'logits'];
  for (const field of fields) {
    const value: FeatureTensor | readonly FeatureTensor[] | undefined = record[field];
    if (value === undefined) continue;
    if ('data' in value) tensors[field] = toTensor(value);
    else {
      value.forEach((tensor, position) => {
        tensors[`${field}.${number(field, position)}`] = toTensor(tensor);
      });
    }
  }
  return tensors;
}

function toTensor({ dtype, shape, data }: FeatureTensor): Tensor {
  return { dtype, shape, data };
}

import type { Dim } from '../spec/layout.js';
import type { ExtraOutput } from '../spec/manifest.js';
import { elementCount, type Tensor } from '../tensor/tensor.js';
import type { WithExtras } from './extra-outputs.js';
import type { FeatureOutput } from './feature-output.js';
import { featureTensor, type FeatureTensor } from './feature-tensor.js';

/**
 * The record of one image of a batch: tensors of one row, views of those of the batch.
 *
 * @param index - position of the image in the batch, from 0.
 * @throws FeaturetapError `INPUT_INVALID` when the batch has no such image
 */
export function recordRow(record: FeatureOutput, index: number): FeatureOutput {
  const fields = Object.entries(record).map(([name, field]) => [
    name,
    isList(field) ? field.map((tensor) => tensorRow(tensor, index)) : tensorRow(field, index),
  ]);
  return Object.fromEntries(fields) as FeatureOutput;
}

/**
 * The extra outputs of one image of a batch, views of those of the batch.
 *
 * An output whose first axis is not the batch belongs to all images alike: it comes whole.
 *
 * @param batch - size or name of the batch axis of the model's input.
 * @param rows - images of the batch.
 */
export function extrasRow(
  extras: WithExtras['extras'],
  specs: readonly ExtraOutput[],
  { batch, rows, index }: { readonly batch: Dim; readonly rows: number; readonly index: number },
): WithExtras['extras'] {
  return new Map(
    specs.map(({ output, shape }) => {
      const tensor = extras.get(output)!;
      const perImage = shape !== null && shape[0] === batch && tensor.shape[0] === rows;
      return [output, perImage ? plainRow(tensor, index) : tensor];
    }),
  );
}

function isList(
  field: FeatureTensor | readonly FeatureTensor[],
): field is readonly FeatureTensor[] {
  return Array.isArray(field);
}

function tensorRow(tensor: FeatureTensor, index: number): FeatureTensor {
  // The spread keeps what else a tensor tells: a stage has its reduction.
  return featureTensor({
    ...tensor,
    shape: [1, ...tensor.shape.slice(1)],
    data: tensor.row(index),
  });
}

function plainRow({ dtype, shape, data }: Tensor, index: number): Tensor {
  const sample = shape.slice(1);
  const size = elementCount(sample);
  return { dtype, shape: [1, ...sample], data: data.subarray(index * size, (index + 1) * size) };
}

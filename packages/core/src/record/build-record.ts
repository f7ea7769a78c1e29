import { FeaturetapError } from '../spec/errors.js';
import type { FieldName, FieldOutput, Manifest } from '../spec/manifest.js';
import { formatShape, type Tensor } from '../tensor/tensor.js';
import type { FeatureOutput } from './feature-output.js';
import { featureTensor, type FeatureTensor } from './feature-tensor.js';
import { listFieldOutputs } from './list-field-outputs.js';

/**
 * Builds the record from the outputs of a run; shapes are checked, elements are not looked at.
 *
 * @param outputs - tensors by the name of the graph output.
 * @param rows - number of images in the batch.
 * @throws FeaturetapError `MANIFEST_INVALID` when an output is not what the manifest says
 */
export function buildRecord(
  manifest: Manifest,
  fields: readonly FieldName[],
  outputs: ReadonlyMap<string, Tensor>,
  rows: number,
): FeatureOutput {
  const record: Partial<Record<FieldName, FeatureTensor | readonly FeatureTensor[]>> = {};
  for (const name of fields) {
    const tensors = listFieldOutputs(manifest, name).map((output) => {
      const feature = toFeature(output, outputs.get(output.output), rows);
      const { reduction } = output;
      return name === 'stages' && reduction !== undefined
        ? featureTensor({ ...feature, reduction })
        : feature;
    });
    const isList = name === 'stages' || Array.isArray(manifest.record[name]);
    record[name] = isList ? tensors : tensors[0]!;
  }
  return record as FeatureOutput;
}

/**
 * Gives an output of a run the form it has in a record; nothing is copied.
 *
 * @param rows - number of images in the batch.
 * @throws FeaturetapError `MANIFEST_INVALID` when it is not what the manifest says
 */
export function toFeature(
  spec: FieldOutput,
  tensor: Tensor | undefined,
  rows: number,
): FeatureTensor {
  const expected = [rows, ...spec.shape.slice(1)];
  const { dtype, shape, layout } = spec;
  if (tensor?.dtype === dtype && fits(tensor.shape, expected)) {
    const data = tensor.data as FeatureTensor['data'];
    return featureTensor({ dtype, shape: tensor.shape, layout, data });
  }
  const got = tensor === undefined ? 'nothing' : `${tensor.dtype} ${formatShape(tensor.shape)}`;
  throw new FeaturetapError(
    'MANIFEST_INVALID',
    `Expected output ${spec.output} to be ${dtype} ${formatShape(expected)} for ${rows} images ` +
      `(the manifest says ${formatShape(shape)}), got ${got}. Tap the original model again.`,
  );
}

function fits(shape: readonly number[], expected: readonly (number | string)[]): boolean {
  return (
    shape.length === expected.length &&
    expected.every((size, axis) => typeof size === 'string' || size === shape[axis])
  );
}

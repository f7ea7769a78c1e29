import { FeaturetapError } from '../spec/errors.js';
import { fieldNameSchema, type Manifest } from '../spec/manifest.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import { listFieldOutputs } from '../record/list-field-outputs.js';
import { formatShape } from '../tensor/tensor.js';
import type { SessionInfo, ValueInfo } from '../session/runner.js';

type Dims = readonly (number | string)[];

interface Expected {
  readonly dtype: string;
  readonly shape: Dims;
}

/**
 * Checks a manifest against the file it is in, as onnxruntime loaded it.
 *
 * @param name - what to call the file in messages.
 * @throws FeaturetapError `MANIFEST_INVALID` with all differences
 */
export function checkManifest(manifest: Manifest, info: SessionInfo, name: string): void {
  const differences = [...inputDifferences(manifest, info), ...outputDifferences(manifest, info)];
  if (differences.length === 0) return;
  throw new FeaturetapError(
    'MANIFEST_INVALID',
    `Expected the manifest of ${name} to describe the file, but ${differences.join('; ')}. ` +
      'Tap the original model again.',
  );
}

function* inputDifferences(manifest: Manifest, info: SessionInfo): Generator<string> {
  const { input, preprocess } = manifest;
  for (const actual of info.inputs) {
    if (actual.name !== input.name) yield `the file needs a further input ${actual.name}`;
  }
  yield* compare('input', input.name, input, info.inputs);
  const actual = info.inputs.find((value) => value.name === input.name);
  const [batch] = actual?.shape ?? [];
  if (batch !== undefined && typeof batch !== typeof input.shape[0]) {
    yield `the batch of input ${input.name} is ${input.shape[0]} in the manifest and ${batch} in the file`;
  }
  if (preprocess !== null) yield* preprocessDifferences(input, preprocess);
}

function* preprocessDifferences(
  input: Manifest['input'],
  preprocess: PreprocessSpec,
): Generator<string> {
  const [channels, height, width] = preprocess.inputSize;
  const prepared = input.layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
  if (!contradicts(input.shape.slice(1), prepared)) return;
  yield `images are prepared as ${formatShape(prepared)} and the input takes ` +
    formatShape(input.shape.slice(1));
}

/**
 * Checks the caller's own preprocessing against the input.
 *
 * @throws FeaturetapError `OPTION_INVALID`
 */
export function checkPreprocess(input: Manifest['input'], preprocess: PreprocessSpec): void {
  for (const difference of preprocessDifferences(input, preprocess)) {
    throw new FeaturetapError(
      'OPTION_INVALID',
      `Expected an option preprocess that fits the model, but ${difference}. ` +
        'Give the inputSize of the model.',
    );
  }
}

function* outputDifferences(manifest: Manifest, info: SessionInfo): Generator<string> {
  for (const field of fieldNameSchema.options) {
    for (const spec of listFieldOutputs(manifest, field)) {
      yield* compare(`output (${field})`, spec.output, spec, info.outputs);
    }
  }
}

function* compare(
  kind: string,
  name: string,
  expected: Expected,
  values: readonly ValueInfo[],
): Generator<string> {
  const actual = values.find((value) => value.name === name);
  if (actual === undefined) {
    const names = values.map((value) => value.name).join(', ');
    yield `the file has no ${kind} ${name} (it has ${names})`;
  } else if (actual.dtype !== expected.dtype || contradicts(expected.shape, actual.shape)) {
    yield `${kind} ${name} is ${expected.dtype} ${formatShape(expected.shape)} in the manifest ` +
      `and ${actual.dtype ?? 'no tensor'} ${formatShape(actual.shape)} in the file`;
  }
}

/** Whether two shapes cannot both be right; a name may stand for any size, [] for any rank. */
function contradicts(expected: Dims, actual: Dims): boolean {
  if (actual.length === 0) return false;
  if (actual.length !== expected.length) return true;
  return expected.some((size, axis) => {
    const other = actual[axis];
    return typeof size === 'number' && typeof other === 'number' && size !== other;
  });
}

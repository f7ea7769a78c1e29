import { FeaturetapError } from '../spec/errors.js';
import { fieldNameSchema, type Manifest } from '../spec/manifest.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import { listFieldOutputs } from '../record/list-field-outputs.js';
import { formatShape } from '../tensor/tensor.js';
import type { SessionInfo } from '../session/runner.js';
import { contradicts, inputDifferences, valueDifferences } from './value-differences.js';

/**
 * Checks a manifest against the file it is in, as onnxruntime loaded it.
 *
 * @param name - what to call the file in messages.
 * @throws FeaturetapError `MANIFEST_INVALID` with all differences
 */
export function checkManifest(manifest: Manifest, info: SessionInfo, name: string): void {
  const { input, preprocess } = manifest;
  throwDifferences(name, [
    ...inputDifferences(input, info.inputs),
    ...(preprocess === null ? [] : preprocessDifferences(input, preprocess)),
    ...outputDifferences(manifest, info),
  ]);
}

/** @throws FeaturetapError `MANIFEST_INVALID` unless the list is empty */
export function throwDifferences(name: string, differences: readonly string[]): void {
  if (differences.length === 0) return;
  throw new FeaturetapError(
    'MANIFEST_INVALID',
    `Expected the manifest of ${name} to describe the file, but ${differences.join('; ')}. ` +
      'Tap the original model again.',
  );
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
      yield* valueDifferences(`output (${field})`, spec.output, spec, info.outputs);
    }
  }
  for (const extra of manifest.extras ?? []) {
    yield* valueDifferences('output (extra)', extra.output, extra, info.outputs);
  }
}

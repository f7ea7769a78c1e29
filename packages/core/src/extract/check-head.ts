import type { SessionInfo } from '../session/runner.js';
import { FeaturetapError } from '../spec/errors.js';
import type { HeadManifest } from '../spec/head-manifest.js';
import type { Manifest } from '../spec/manifest.js';
import { formatShape } from '../tensor/tensor.js';
import { throwDifferences } from './check-manifest.js';
import type { OpenModelSource } from './open-model-source.js';
import { contradicts, inputDifferences, valueDifferences } from './value-differences.js';
import { printableNames } from '../wire/name.js';

/** A file with its manifest, as far as checks need it. */
type Described<M> = Pick<OpenModelSource<M>, 'name' | 'manifest'>;

/**
 * Checks the manifest of a head view against the file it is in, as onnxruntime loaded it.
 *
 * @throws FeaturetapError `MANIFEST_INVALID` with all differences
 */
export function checkHeadManifest(head: Described<HeadManifest>, info: SessionInfo): void {
  const { input, logits } = head.manifest;
  throwDifferences(head.name, [
    ...inputDifferences(input, info.inputs),
    ...valueDifferences('output (logits)', logits.output, logits, info.outputs),
  ]);
}

/**
 * Checks by their manifests that a backbone and a head were made from the same model.
 *
 * @throws FeaturetapError `MANIFEST_INVALID`
 */
export function checkSameModel(backbone: Described<Manifest>, head: Described<HeadManifest>): void {
  const { record, source } = backbone.manifest;
  if (record.logits.value !== null) {
    throw mismatch(
      backbone,
      head,
      `${backbone.name} has logits itself`,
      'Leave the option `head` out, or give the backbone view',
    );
  }
  const other = head.manifest.source.graphSha256;
  if (source.graphSha256 === other) return;
  throw mismatch(
    backbone,
    head,
    `they were made from different models (graphSha256 ${source.graphSha256} and ${other})`,
  );
}

/**
 * Checks that a head takes what a backbone returns, as onnxruntime loaded them.
 *
 * @throws FeaturetapError `MANIFEST_INVALID`
 */
export function checkHeadFits(
  backbone: Described<Manifest>,
  head: Described<HeadManifest>,
  outputs: SessionInfo['outputs'],
): void {
  const { input, logits } = head.manifest;
  const output = outputs.find((value) => value.name === input.name);
  // The batch of the head may be fixed where the backbone's is not: it then runs in parts.
  const shape = ['batch', ...input.shape.slice(1)];
  if (output?.dtype !== input.dtype || contradicts(shape, ['batch', ...output.shape.slice(1)])) {
    const names = printableNames(outputs.map((value) => value.name));
    const returned =
      output === undefined
        ? `no ${input.name} but ${names}`
        : `${output.dtype ?? 'no tensor'} ${formatShape(output.shape)}`;
    const taken = `${input.dtype} ${formatShape(input.shape)}`;
    throw mismatch(
      backbone,
      head,
      `the head takes ${input.name}, ${taken}, and the backbone returns ${returned}`,
    );
  }
  if (outputs.some((output) => output.name === logits.output)) {
    throw mismatch(backbone, head, `both have an output ${logits.output}`);
  }
}

function mismatch(
  backbone: Described<Manifest>,
  head: Described<HeadManifest>,
  reason: string,
  advice = 'Give the two files of one `featuretap split`',
): FeaturetapError {
  return new FeaturetapError(
    'MANIFEST_INVALID',
    `Expected ${head.name} to be the head of the backbone ${backbone.name}, but ${reason}. ` +
      `${advice}.`,
  );
}

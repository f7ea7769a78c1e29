import { toFeature } from '../record/build-record.js';
import type { FeatureTensor } from '../record/feature-tensor.js';
import { readHeadManifest } from '../session/read-manifest.js';
import type { HeadManifest } from '../spec/head-manifest.js';
import { parseWith } from '../spec/parse.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkHeadManifest } from './check-head.js';
import {
  headOptionsSchema,
  headRunOptionsSchema,
  type HeadOptions,
  type HeadRunOptions,
} from './extractor-options.js';
import { createRunner } from './guarded-runner.js';
import type { ModelFile } from './model-file.js';
import { openModelSource } from './open-model-source.js';
import { poolSize } from './pool-size.js';
import { tensorItem } from './tensor-item.js';

/** A head view that is loaded and ready to run; close it, or declare it with `await using`. */
export interface Head extends AsyncDisposable {
  /** What the file holds: input, labels and the logits. */
  readonly manifest: HeadManifest;
  /**
   * Computes logits from what the backbone view returns, in a worker.
   *
   * @param pooled - what `manifest.input` describes: `record.pooled` of the backbone, or a tensor
   *   of stored embeddings [N, D], dtype included. It stays as it is.
   * @returns logits [N, classes].
   * @throws FeaturetapError `INPUT_INVALID` (the tensor does not fit the head), `OPTION_INVALID`,
   * `RUNTIME_FAILED`, `ABORTED`, `EXTRACTOR_CLOSED`, `MANIFEST_INVALID` (logits of another shape)
   */
  run(pooled: FeatureTensor | Tensor, options?: HeadRunOptions): Promise<FeatureTensor>;
  /**
   * Waits for runs under way, frees the model and ends the workers; may be called again.
   *
   * Runs that are started afterwards fail with `EXTRACTOR_CLOSED`.
   */
  close(): Promise<void>;
}

/**
 * Loads the head view of a model apart from its backbone: logits of stored embeddings, without the
 * images.
 *
 * @param file - the head that `featuretap split` wrote: a path, a `file:` URL or the bytes.
 * @throws FeaturetapError as createExtractor; `MANIFEST_MISSING` for a file that is no head view
 */
export async function openHead(file: ModelFile, options: HeadOptions = {}): Promise<Head> {
  const parsed = parseWith(headOptionsSchema, options, 'options of openHead');
  const { workers, threads } = poolSize(parsed);
  const { weightsFolder = null } = parsed;
  const source = await openModelSource(file, {
    read: readHeadManifest,
    kind: 'the head view',
    weightsFolder,
  });
  const { model, manifest } = source;
  const { input, logits } = manifest;
  const runner = await createRunner(
    {
      model,
      input,
      head: null,
      preprocess: null,
      policy: 'as-trained',
      threads,
      graphOptimizationLevel: parsed.graphOptimizationLevel,
    },
    { workers, isolation: parsed.isolation },
    (info) => {
      checkHeadManifest(source, info);
    },
  );

  async function run(
    pooled: FeatureTensor | Tensor,
    runOptions: HeadRunOptions = {},
  ): Promise<FeatureTensor> {
    const { signal } = parseWith(headRunOptionsSchema, runOptions, 'options of run');
    runner.throwIfUnusable(signal);
    const item = tensorItem(pooled, input, 'the input');
    const { shape, data } = item.tensor;
    const request = { items: [item], shape, outputs: [logits.output], badItems: 'fail' } as const;
    const { outputs } = await runner.run(request, [data.buffer as ArrayBuffer], signal);
    return toFeature(logits, outputs.get(logits.output), item.rows);
  }

  const { close } = runner;
  return { manifest, run, close, [Symbol.asyncDispose]: close };
}

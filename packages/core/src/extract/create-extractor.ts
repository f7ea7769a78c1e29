import { buildRecord } from '../record/build-record.js';
import { buildExtras, selectExtras, type WithExtras } from '../record/extra-outputs.js';
import type { FeatureOutput } from '../record/feature-output.js';
import {
  availableFields,
  checkFieldsAvailable,
  listFieldOutputs,
} from '../record/list-field-outputs.js';
import { readHeadManifest, readManifest } from '../session/read-manifest.js';
import type { HeadManifest } from '../spec/head-manifest.js';
import type { ExtraOutput, FieldName, Manifest } from '../spec/manifest.js';
import { parseWith } from '../spec/parse.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import { checkHeadFits, checkHeadManifest, checkSameModel } from './check-head.js';
import { checkManifest, checkPreprocess } from './check-manifest.js';
import type { Extractor } from './extractor.js';
import {
  extractorOptionsSchema,
  runOptionsSchema,
  threadShare,
  type ExtractorOptions,
  type RunOptions,
} from './extractor-options.js';
import { createRunner, type GuardedRunner } from './guarded-runner.js';
import type { ModelFile } from './model-file.js';
import { openModelSource, type OpenModelSource } from './open-model-source.js';
import { planBatch, type ExtractorInput } from './plan-batch.js';

/**
 * Loads a tapped model.
 *
 * @param file - what `featuretap tap` wrote, or the backbone that `featuretap split` wrote (the
 *   option `head` adds its head): a path, a `file:` URL or the bytes.
 * @throws FeaturetapError
 * `FILE_NOT_FOUND`, `FILE_UNREADABLE` (the model, or the file that holds its weights);
 * `MODEL_NOT_ONNX`, `MODEL_TRUNCATED`, `MODEL_MALFORMED` (not a whole model);
 * `MANIFEST_MISSING` (not tapped, or a head view);
 * `MANIFEST_INVALID` (contradicts the file, its weights were changed, or the head is another's);
 * `RUNTIME_FAILED` (onnxruntime cannot load it), `OPTION_INVALID`, `INPUT_INVALID`
 */
export async function createExtractor(
  file: ModelFile,
  options: ExtractorOptions = {},
): Promise<Extractor> {
  const parsed = parseWith(extractorOptionsSchema, options, 'options of createExtractor');
  const { workers, threads = threadShare(workers), weightsFolder = null } = parsed;
  const source = await openModelSource(file, {
    read: readManifest,
    kind: 'the tapped model',
    weightsFolder,
  });
  const { input } = source.manifest;
  if (parsed.preprocess !== undefined) checkPreprocess(input, parsed.preprocess);
  const preprocess = parsed.preprocess ?? source.manifest.preprocess;
  const head =
    parsed.head === undefined
      ? null
      : await openModelSource(parsed.head, {
          read: readHeadManifest,
          kind: 'the head view',
          weightsFolder,
        });
  if (head !== null) checkSameModel(source, head);
  const runner = await createRunner(
    {
      model: source.model,
      input,
      head: head === null ? null : headSetup(head),
      preprocess,
      policy: parsed.decode,
      threads,
      graphOptimizationLevel: parsed.graphOptimizationLevel,
    },
    workers,
    (info) => {
      checkManifest(source.manifest, info, source.name);
      if (head === null || info.head === undefined) return;
      checkHeadManifest(head, info.head);
      checkHeadFits(source, head, info.outputs);
    },
  );
  const manifest = head === null ? source.manifest : joinManifests(source.manifest, head.manifest);
  return extractorOver(runner, manifest, preprocess);
}

function headSetup({ model, manifest: { input, logits } }: OpenModelSource<HeadManifest>) {
  return { model, input, outputs: [logits.output] };
}

function joinManifests(backbone: Manifest, { labels, logits }: HeadManifest): Manifest {
  return { ...backbone, view: 'full', labels, record: { ...backbone.record, logits } };
}

function extractorOver(
  runner: GuardedRunner,
  manifest: Manifest,
  preprocess: PreprocessSpec | null,
): Extractor {
  async function run(
    input: ExtractorInput | readonly ExtractorInput[],
    options: RunOptions = {},
  ): Promise<FeatureOutput & WithExtras> {
    const parsed = parseWith(runOptionsSchema, options, 'options of run');
    const { fields: named, signal } = parsed;
    runner.throwIfUnusable(signal);
    if (named !== undefined) checkFieldsAvailable(manifest, named);
    const fields = named ?? availableFields(manifest);
    const extras = parsed.extras === undefined ? null : selectExtras(manifest, parsed.extras);
    const { items, shape, transfer } = planBatch(input, manifest.input, preprocess);
    const outputs = outputNames(manifest, fields, extras ?? []);
    const results = await runner.run({ items, shape, outputs }, transfer, signal);
    const rows = shape[0]!;
    const record = buildRecord(manifest, fields, results, rows);
    // The overloads promise `extras` only where they were asked for.
    if (extras === null) return record as FeatureOutput & WithExtras;
    return { ...record, extras: buildExtras(extras, results, manifest.input, rows) };
  }

  const { close } = runner;
  return { manifest, run: run, close, [Symbol.asyncDispose]: close };
}

/** Two fields may share an output; it is fetched once. */
function outputNames(
  manifest: Manifest,
  fields: readonly FieldName[],
  extras: readonly ExtraOutput[],
): readonly string[] {
  const specs = fields.flatMap((field) => listFieldOutputs(manifest, field));
  return [...new Set([...specs, ...extras].map((spec) => spec.output))];
}

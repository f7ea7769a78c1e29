import { dirname, join } from 'node:path';
import type { z } from 'zod';
import { DATA_FILE } from '../cache/cache-entry.js';
import { buildRecord } from '../record/build-record.js';
import { buildExtras, selectExtras, type WithExtras } from '../record/extra-outputs.js';
import type { FeatureOutput } from '../record/feature-output.js';
import type { SpecOf } from '../record/spec-of.js';
import { availableFields, checkFieldsAvailable } from '../record/list-field-outputs.js';
import { identifyFile } from '../node/file-identity.js';
import { readHeadManifest, readManifest } from '../session/read-manifest.js';
import type { HeadManifest } from '../spec/head-manifest.js';
import type { Manifest } from '../spec/manifest.js';
import { parseWith } from '../spec/parse.js';
import type { ManifestConstant } from '../spec/manifest-constant.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import type { CompileResult } from '../cache/compile-model.js';
import type { ModelSource } from '../session/worker-messages.js';
import { checkHeadFits, checkHeadManifest, checkSameModel } from './check-head.js';
import { checkManifest, checkPreprocess } from './check-manifest.js';
import { checkManifestConstant } from './check-manifest-constant.js';
import { compileSource, isWorthCompiling } from './compile-file.js';
import type { Extractor } from './extractor.js';
import {
  extractorOptionsSchema,
  runOptionsSchema,
  type ExtractorOptions,
  type RunOptions,
} from './extractor-options.js';
import { createRunner, type GuardedRunner } from './guarded-runner.js';
import type { ModelFile } from './model-file.js';
import { openModelSource, type OpenModelSource } from './open-model-source.js';
import { outputNames } from './output-names.js';
import { planBatch, type ExtractorInput } from './plan-batch.js';
import { poolSize } from './pool-size.js';
import type { StreamSource } from './stream-method.js';
import type { StreamOptions } from './stream-options.js';
import { streamRecords } from './stream-records.js';

/**
 * Loads a tapped model that a manifest constant describes: the types of its records are exact.
 *
 * @param file - a path, a `file:` URL or the bytes of the file that the constant was made from, or
 *   of another with the same outputs.
 * @param options - among them `manifest`, the constant that `featuretap types` wrote.
 * @throws FeaturetapError `MANIFEST_INVALID` when the file is not what the constant says, and all
 * that loading without one throws
 */
export function createExtractor<const M extends ManifestConstant>(
  file: ModelFile,
  options: ExtractorOptions & {
    /** What `featuretap types` wrote for this file. */
    readonly manifest: M;
  },
): Promise<Extractor<SpecOf<M>>>;
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
export function createExtractor(file: ModelFile, options?: ExtractorOptions): Promise<Extractor>;
export async function createExtractor(
  file: ModelFile,
  options: ExtractorOptions = {},
): Promise<Extractor> {
  const parsed = parseWith(extractorOptionsSchema, options, 'options of createExtractor');
  const { workers, threads } = poolSize(parsed);
  const { weightsFolder = null } = parsed;
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
  const manifest = head === null ? source.manifest : joinManifests(source.manifest, head.manifest);
  if (parsed.manifest !== undefined) checkManifestConstant(parsed.manifest, manifest, source.name);
  const compiled = await compiledOf(source, parsed);
  const runner = await createRunner(
    {
      model: await compiledSource(source.model, compiled),
      input,
      head: head === null ? null : headSetup(head),
      preprocess,
      policy: parsed.decode,
      resample: parsed.resample,
      threads,
      graphOptimizationLevel: parsed.graphOptimizationLevel,
    },
    { workers, isolation: parsed.isolation },
    (info) => {
      checkManifest(source.manifest, info, source.name);
      if (head === null || info.head === undefined) return;
      checkHeadManifest(head, info.head);
      checkHeadFits(source, head, info.outputs);
    },
  );
  return extractorOver(runner, manifest, preprocess, compiled);
}

/** The compiled form of a model, when it was asked for or is worth it. */
async function compiledOf(
  { model, manifest }: OpenModelSource<Manifest>,
  { compiledCache, graphOptimizationLevel }: z.infer<typeof extractorOptionsSchema>,
): Promise<CompileResult | null> {
  const { weightFiles = [] } = manifest;
  if (compiledCache === false) return null;
  if (compiledCache === 'auto') {
    const isWorthIt = await isWorthCompiling(model, weightFiles, graphOptimizationLevel);
    if (!isWorthIt) return null;
  }
  const options = typeof compiledCache === 'object' ? compiledCache : {};
  return compileSource(model, weightFiles, graphOptimizationLevel, options);
}

/** What workers load: the compiled model where there is one. */
async function compiledSource(
  model: ModelSource,
  compiled: CompileResult | null,
): Promise<ModelSource> {
  if (compiled === null || compiled.state === 'failed') return model;
  const { path } = compiled;
  // A model of small weights has no file for them.
  const weights = join(dirname(path), DATA_FILE);
  const found = await Promise.allSettled([path, weights].map(identifyFile));
  const files = found.flatMap((file) => (file.status === 'fulfilled' ? [file.value] : []));
  // Another process has just cleared the cache.
  if (files[0]?.path !== path) return model;
  return { kind: 'path', path, files, weightsFolder: null, isCompiled: true, original: model };
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
  compiled: CompileResult | null,
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
    const request = { items, shape, outputs, badItems: 'fail' } as const;
    const { outputs: results } = await runner.run(request, transfer, signal);
    const rows = shape[0]!;
    const record = buildRecord(manifest, fields, results, rows);
    // The overloads promise `extras` only where they were asked for.
    if (extras === null) return record as FeatureOutput & WithExtras;
    return { ...record, extras: buildExtras(extras, results, manifest.input, rows) };
  }

  const { close } = runner;
  const model = { runner, manifest, preprocess };
  const stream = <I extends ExtractorInput>(items: StreamSource<I>, options: StreamOptions = {}) =>
    streamRecords(model, items, options);
  return { manifest, compiled, run: run, stream, close, [Symbol.asyncDispose]: close };
}

import { readFile } from 'node:fs/promises';
import {
  createExtractor,
  readNpy,
  readSafetensors,
  recordToTensors,
  type Manifest,
  type Tensor,
} from '@featuretap/core';
import { timmCatalogue } from '@featuretap/models';
import { tapFile } from '@featuretap/onnx-export/node';
import { fieldOf, relativeError } from './compare-record.js';
import type { ExportedCase } from './python-case.js';
import type { ParityResult } from './result.js';

/** Bound of a field's error, over its largest value, where the export itself is exact. */
const TOLERANCE = 1e-4;

function evidenceOf({ record }: Manifest): Record<string, string> {
  const evidence: Record<string, string> = {};
  for (const [field, value] of Object.entries(record)) {
    const entries = Array.isArray(value) ? value : [value];
    const kinds = entries.flatMap((entry) =>
      typeof entry === 'object' && 'evidence' in entry ? [entry.evidence] : [],
    );
    if (kinds.length > 0) evidence[field] = [...new Set(kinds)].join('+');
  }
  return evidence;
}

/** Errors of every tensor of the reference, a missing one as Infinity. */
function errorsOf(
  ours: Record<string, Tensor>,
  reference: ReadonlyMap<string, Tensor>,
): Map<string, number> {
  const errors = new Map<string, number>();
  for (const [key, tensor] of reference) {
    // A network without a classifier has no logits: timm's are pooled again.
    const own = ours[key] ?? (key === 'logits' ? ours.pooled : undefined);
    errors.set(key, relativeError(own, tensor));
  }
  return errors;
}

function worstByField(errors: ReadonlyMap<string, number>): Record<string, number> {
  const worst: Record<string, number> = {};
  for (const [key, error] of errors) {
    const field = fieldOf(key);
    worst[field] = Math.max(worst[field] ?? 0, error);
  }
  return worst;
}

async function runFile(
  file: string,
  input: Tensor,
  manifest: Manifest,
  graphOptimizationLevel: 'all' | 'disabled',
): Promise<Record<string, Tensor>> {
  await using extractor = await createExtractor(file, {
    graphOptimizationLevel,
    compiledCache: false,
  });
  return recordToTensors(await extractor.run(input), manifest);
}

/** Taps an export, runs it with the extractor, and compares every field with timm's. */
export async function checkExport(
  model: string,
  exported: ExportedCase & { readonly file: string },
  stem: string,
): Promise<ParityResult> {
  const tapped = exported.file.replace(/\.onnx$/, '.taps.onnx');
  const { manifest, plan } = await tapFile(exported.file, tapped, { catalogue: timmCatalogue });
  const input = readNpy(await readFile(`${stem}.input.npy`));
  const reference = readSafetensors(await readFile(`${stem}.truth.safetensors`)).tensors;
  const logitsError = exported.logitsError ?? 0;
  const tolerance = Math.max(TOLERANCE, 3 * logitsError);
  let ours = await runFile(tapped, input, manifest, 'all');
  let errors = errorsOf(ours, reference);
  // The original output is off although Python's onnxruntime computed it from the same file.
  const isRuntimes = (errors.get('logits') ?? 0) > tolerance;
  if (isRuntimes) {
    ours = await runFile(tapped, input, manifest, 'disabled');
    errors = errorsOf(ours, reference);
  }
  const erased = plan.record.stages.flatMap((stage, i) =>
    stage.value === null ? [`stages.${i}`] : [],
  );
  const wrong = [...errors].filter(([key, error]) => error > tolerance && !erased.includes(key));
  const extra = Object.keys(ours).filter((key) => !reference.has(key));
  const compared = new Map([...errors].filter(([key]) => !erased.includes(key)));
  const stageKeys = [...errors.keys()].filter((key) => fieldOf(key) === 'stages');
  const equal = stageKeys.filter((key) => (errors.get(key) ?? Infinity) <= tolerance).length;
  const notes = [
    ...(isRuntimes
      ? ["compared without onnxruntime-node's optimiser, which changes the logits"]
      : []),
    ...wrong.map(
      ([key, error]) => `${key} ${Number.isFinite(error) ? error.toExponential(1) : 'missing'}`,
    ),
    ...extra.map((key) => `${key} is not in the reference`),
    ...(erased.length > 0 ? [`erased by folding: ${erased.join(', ')}`] : []),
  ];
  const isWrong = wrong.length + extra.length > 0;
  return {
    model,
    exporter: exported.exporter,
    status: isWrong ? 'differs' : erased.length > 0 ? 'erased' : 'equal',
    architecture: manifest.architecture,
    evidence: evidenceOf(manifest),
    errors: Object.fromEntries(
      Object.entries(worstByField(compared)).map(([field, error]) => [
        field,
        Number.isFinite(error) ? error : 1e30,
      ]),
    ),
    tolerance,
    logitsError,
    stages: [equal, stageKeys.length],
    ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
  };
}

import { readFile } from 'node:fs/promises';
import type { Tensor } from '@featuretap/core';
import { fileError, openFileSource } from '@featuretap/core/node';
import { FeaturetapError, type FieldOutput, type Manifest } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { Command } from 'commander';
import { formatTable, print, printJson } from '../output/print.js';
import { parseTolerance, usageError } from '../options.js';
import type { Comparison } from '../verify/compare.js';
import { originalInput } from '../verify/original-input.js';
import { runModel, type OptimizationLevel, type Outputs } from '../verify/run-model.js';

interface VerifyOptions {
  readonly against: string;
  readonly reference?: string;
  readonly input?: string;
  readonly tolerance: number;
  readonly json?: boolean;
}

/** Side that stands in for an open height or width, pixels. */
const OPEN_SIDE = 224;

/** Keys of a reference that name fields; others, such as the input, are left alone. */
const FIELD_KEY = /^(?:stages\.\d+|unpooled(?:\.\d+)?|pooled|logits)$/u;

/** Batch of the made-up input: two, so that mistakes with the batch axis show. */
const OPEN_BATCH = 2;

async function readBytes(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw fileError(error, file);
  });
}

async function manifestOf(file: string): Promise<Manifest> {
  const { readManifest, readModel } = await import('@featuretap/onnx-export');
  await using source = await openFileSource(file);
  const manifest = readManifest(await readModel(source));
  if (manifest !== null) return manifest;
  throw new FeaturetapError(
    'MANIFEST_MISSING',
    `Expected a tapped file, but ${file} carries no manifest. Make one: featuretap tap MODEL -o OUT`,
  );
}

/** A made-up input that is the same every time (a linear congruential generator). */
function madeUpInput({ dtype, shape }: Manifest['input']): Tensor {
  if (dtype === 'float16')
    throw usageError('Expected --input X.npy for a model that takes float16.');
  const dims = shape.map((dim, axis) =>
    typeof dim === 'number' ? dim : axis === 0 ? OPEN_BATCH : OPEN_SIDE,
  );
  const count = dims.reduce((product, dim) => product * dim, 1);
  let state = 1;
  const next = (): number =>
    (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  return dtype === 'uint8'
    ? { dtype, shape: dims, data: Uint8Array.from({ length: count }, () => next() * 256) }
    : { dtype, shape: dims, data: Float32Array.from({ length: count }, () => next() * 4 - 2) };
}

/** Fields of a manifest by the keys that `featuretap run --save` uses. */
function fieldOutputs({ record }: Manifest): Map<string, FieldOutput> {
  const fields = new Map(record.stages.map((stage, i) => [`stages.${stage.index ?? i}`, stage]));
  const { unpooled } = record;
  if (Array.isArray(unpooled)) unpooled.forEach((branch, i) => fields.set(`unpooled.${i}`, branch));
  for (const [name, field] of Object.entries({
    unpooled,
    pooled: record.pooled,
    logits: record.logits,
  })) {
    if (!Array.isArray(field) && 'output' in field) fields.set(name, field);
  }
  return fields;
}

async function compareReference(
  file: string,
  manifest: Manifest,
  outputs: Outputs,
  tolerance: number,
): Promise<Comparison[]> {
  const { readSafetensors } = await import('@featuretap/core');
  const { compareNear } = await import('../verify/compare.js');
  const reference = readSafetensors(await readBytes(file)).tensors;
  const fields = fieldOutputs(manifest);
  const extra = [...fields.keys()].filter((name) => !reference.has(name));
  const compared = [...reference]
    .filter(([name]) => FIELD_KEY.test(name))
    .map(([name, tensor]) =>
      compareNear(name, outputs.get(fields.get(name)?.output ?? ''), tensor, tolerance),
    );
  const missing = extra.map((name) => ({
    name,
    ok: false,
    error: Infinity,
    detail: 'the reference has no such field',
  }));
  return [...compared, ...missing];
}

async function verify(tapped: string, options: VerifyOptions): Promise<void> {
  const { against, reference, input: inputFile, tolerance } = options;
  if (reference !== undefined && inputFile === undefined) {
    throw usageError('Expected --input X.npy with --reference: the input it was made from.');
  }
  const { readNpy } = await import('@featuretap/core');
  const { compareBits } = await import('../verify/compare.js');
  const manifest = await manifestOf(tapped);
  // What is wrong with the file is said better here than by onnxruntime.
  await (await openFileSource(against)).close();
  const tensor =
    inputFile === undefined ? madeUpInput(manifest.input) : readNpy(await readBytes(inputFile));
  const input = { name: manifest.input.name, tensor };
  const given = await originalInput(against, manifest, input);
  const results: Comparison[] = [];
  let outputs: Outputs = new Map();
  for (const level of ['disabled', 'all'] satisfies OptimizationLevel[]) {
    outputs = await runModel(tapped, input, level);
    for (const [name, original] of await runModel(against, given, level)) {
      results.push(compareBits(`${name} (optimization ${level})`, outputs.get(name), original));
    }
  }
  if (reference !== undefined) {
    results.push(...(await compareReference(reference, manifest, outputs, tolerance)));
  }
  report(results, options.json === true);
}

/** What was found, for people; names and values come from files. */
function describe({ name, error, detail }: Comparison): string {
  const size = error === 0 ? '' : `error ${error.toExponential(1)}, `;
  return `${printableName(name)} (${size}${detail})`;
}

function report(results: readonly Comparison[], json: boolean): void {
  const failed = results.filter(({ ok }) => !ok);
  if (json) printJson({ ok: failed.length === 0, results });
  else {
    const rows = results.map(({ name, ok, error, detail }) => [
      ok ? 'ok' : 'FAIL',
      printableName(name),
      error === 0 ? '' : error.toExponential(1),
      detail,
    ]);
    print(formatTable(rows));
  }
  if (failed.length === 0) return;
  const names = failed.slice(0, 5).map(describe);
  throw new FeaturetapError(
    'VERIFY_FAILED',
    `Expected ${results.length} tensors to agree, ${failed.length} do not: ${names.join('; ')}.`,
  );
}

/** Adds `featuretap verify`. */
export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('Check a tapped file: original outputs bit-equal, record equal to a reference.')
    .argument('<tapped>', 'file that featuretap tap wrote')
    .requiredOption('--against <model>', 'the original model')
    .option('--reference <file>', 'safetensors with the true fields')
    .option('--input <file>', 'the .npy input; made up when left out')
    .option(
      '--tolerance <x>',
      "largest difference, relative to a field's largest value",
      parseTolerance,
      1e-4,
    )
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ featuretap verify resnet50.taps.onnx --against resnet50.onnx',
    )
    .action(verify);
}

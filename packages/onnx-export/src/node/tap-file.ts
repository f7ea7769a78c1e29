import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { openFileSource, writeFileAtomic, type FileSource } from '@featuretap/core/node';
import { FeaturetapError, type Manifest } from '@featuretap/core/spec';
import type { Model } from '../proto/model.js';
import { readModel } from '../proto/read-model.js';
import { tapModel, type TapOptions } from '../tap-model.js';
import { planTaps, type PlanOptions } from '../plan-taps.js';
import type { TapPlan } from '../taps/plan.js';
import { readSegments, sizeOf } from '../write/splice.js';

/** What to tap and what to record. */
export interface TapRequest extends PlanOptions, Omit<TapOptions, 'sha256'> {
  /** Records the SHA-256 of the whole original file, which reads all of it. */
  readonly hash?: boolean;
}

/** What was written. */
export interface TapFileResult {
  /** The plan that was carried out. */
  readonly plan: TapPlan;
  /** The manifest inside the file. */
  readonly manifest: Manifest;
  /** Size of the file, bytes. */
  readonly bytes: number;
}

async function fileSha256(source: FileSource): Promise<string> {
  const hash = createHash('sha256');
  const whole = { kind: 'copy', range: { start: 0, end: source.size } } as const;
  for await (const bytes of readSegments(source, [whole])) hash.update(bytes);
  return hash.digest('hex');
}

async function sameFile(a: string, b: string): Promise<boolean> {
  const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
  return (await real(a)) === (await real(b));
}

/** Side files are named relative to the model's folder, so a copy elsewhere would lose them. */
async function refuseLostSideFiles(model: Model, input: string, output: string): Promise<void> {
  const hasSideFiles = model.graph.initializers.some(({ external }) => external !== undefined);
  if (!hasSideFiles || (await sameFile(dirname(input), dirname(output)))) return;
  throw new FeaturetapError(
    'WRITE_REFUSED',
    `Expected an output in the folder of ${input}, whose weights are in files beside it, ` +
      `got ${output}. Write the tapped file into that folder.`,
  );
}

/**
 * Taps a model file: finds the fields, exposes them as outputs, and writes the new file.
 *
 * The output appears whole or not at all. The input is never changed.
 *
 * @throws FeaturetapError as `inspectFile`, and `TAP_NOT_FOUND`, `MODEL_UNSUPPORTED`, or
 * `WRITE_REFUSED` when the output is the input or cannot be written.
 */
export async function tapFile(
  input: string | URL,
  output: string,
  request: TapRequest = {},
): Promise<TapFileResult> {
  const { hash = false, architecture, catalogue, ...options } = request;
  await using source = await openFileSource(input);
  if (await sameFile(source.path, output)) {
    throw new FeaturetapError(
      'WRITE_REFUSED',
      `Expected an output other than the input, got ${output} for both. Choose another -o.`,
    );
  }
  const model = await readModel(source);
  await refuseLostSideFiles(model, source.path, output);
  const plan = planTaps(model, {
    ...(architecture === undefined ? {} : { architecture }),
    ...(catalogue === undefined ? {} : { catalogue }),
  });
  const sha256 = hash ? { sha256: await fileSha256(source) } : {};
  const { segments, manifest } = await tapModel(model, plan, { ...options, ...sha256 });
  await writeFileAtomic(output, async (handle) => {
    for await (const bytes of readSegments(source, segments)) await handle.writeFile(bytes);
  });
  return { plan, manifest, bytes: sizeOf(segments) };
}

import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { openFileSource } from '@featuretap/core/node';
import { FeaturetapError, type HeadManifest, type Manifest } from '@featuretap/core/spec';
import { checkOptions } from '../check-options.js';
import { planTaps } from '../plan-taps.js';
import { readModelFile } from './read-model-file.js';
import { refuseTapped, tapModel, type RecordedFacts } from '../tap-model.js';
import type { FieldSelection } from '../select-fields.js';
import { splitModel } from '../views/split-model.js';
import { separateRequest, type PlannedFileOptions } from './file-options.js';
import { fileSha256 } from './file-sha256.js';
import { planWeights } from './plan-weights.js';
import { refuseInputs } from './refuse-inputs.js';
import { writeModelFile } from './write-model-file.js';

/** What to split, what to record and how to write it: links of all three refer to the original. */
export interface SplitRequest
  extends PlannedFileOptions, FieldSelection, Omit<RecordedFacts, 'sha256' | 'weights'> {}

/** A view that was written. */
export interface WrittenView<M> {
  /** Path of the file. */
  readonly file: string;
  /** Its size, bytes. */
  readonly bytes: number;
  /** The manifest inside. */
  readonly manifest: M;
}

/** The three views. */
export interface SplitFileResult {
  /** The whole model, tapped. */
  readonly full: WrittenView<Manifest>;
  /** From the image to stages, unpooled and pooled. */
  readonly backbone: WrittenView<Manifest>;
  /** From pooled to logits. */
  readonly head: WrittenView<HeadManifest>;
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new FeaturetapError(
      'WRITE_REFUSED',
      `Expected to make the folder ${folder}, but it cannot be made. Check the path.`,
      { cause: error },
    );
  });
}

/**
 * Writes `full.onnx`, `backbone.onnx` and `head.onnx` of a model into a folder.
 *
 * Each file appears whole or not at all. The input is never changed.
 *
 * @throws FeaturetapError as `tapFile`, `OPTION_INVALID` among them, and `MODEL_UNSUPPORTED` when the logits are computed from more
 * than one value of the network.
 */
export async function splitFile(
  input: string | URL,
  folder: string,
  request: SplitRequest = {},
): Promise<SplitFileResult> {
  checkOptions(request, 'splitFile');
  const { file: fileOptions, planning, options } = separateRequest(request);
  await using source = await openFileSource(input);
  const { path } = source;
  const model = await readModelFile(source);
  refuseTapped(model);
  const plan = planTaps(model, planning);
  const files = {
    full: join(folder, 'full.onnx'),
    backbone: join(folder, 'backbone.onnx'),
    head: join(folder, 'head.onnx'),
  };
  // Side files are copied once, for all three.
  const weights = await planWeights({ model, path }, join(folder, 'weights'), fileOptions.weights);
  await refuseInputs(path, weights, Object.values(files));
  await makeFolder(folder);
  const facts = {
    ...options,
    ...(fileOptions.hash ? { sha256: await fileSha256(source) } : {}),
    weights,
  };
  const full = await tapModel(model, plan, facts);
  const { backbone, head } = await splitModel(model, plan, facts);
  const write = async <M>(
    file: string,
    view: { segments: typeof full.segments; manifest: M },
    copies: typeof weights.copies,
  ): Promise<WrittenView<M>> => {
    const needed = { ...weights, copies };
    const bytes = await writeModelFile(file, source, view.segments, needed, fileOptions);
    return { file, bytes, manifest: view.manifest };
  };
  return {
    full: await write(files.full, full, weights.copies),
    backbone: await write(files.backbone, backbone, []),
    head: await write(files.head, head, []),
  };
}

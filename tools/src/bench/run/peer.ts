import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { ReadyModel } from './models.js';
import type { Workbench } from './workbench.js';

/** The peer and its version. */
const PACKAGE = '@huggingface/transformers';
const VERSION = '4.3.1';

const packageSchema = z.object({ version: z.string() });

/** The installed peer. */
export interface Peer {
  /** Its module. */
  readonly module: string;
  /** Its name, its version and that of its onnxruntime-node. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Finds the peer below a folder, and installs it there when it is not. @throws Error */
export async function installPeer(bench: Workbench, folder: string): Promise<Peer> {
  const modules = join(resolve(folder), 'node_modules');
  const home = join(modules, PACKAGE);
  if (!existsSync(home)) {
    // Into the folder that goes, so that an interrupted run leaves nothing half installed.
    const fresh = join(bench.folder, 'peers');
    mkdirSync(fresh, { recursive: true });
    const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    await bench.run(['npm', 'install', '--prefix', fresh, ...quiet, `${PACKAGE}@${VERSION}`]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  }
  const versionOf = (name: string): string =>
    packageSchema.parse(JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')))
      .version;
  return {
    module: join(home, 'dist/transformers.node.mjs'),
    versions: {
      [PACKAGE]: versionOf(PACKAGE),
      [`onnxruntime-node of ${PACKAGE}`]: versionOf('onnxruntime-node'),
    },
  };
}

/** Pillow's numbers of the filters, which the peer's configuration uses. */
const RESAMPLE = { nearest: 0, lanczos: 1, bilinear: 2, bicubic: 3, box: 4, hamming: 5 } as const;

/**
 * Writes the folder that the peer loads: the same untapped file, and the same preprocessing in its
 * words.
 *
 * @returns the folder of models.
 */
export function writePeerModel(bench: Workbench, { id, original, manifest }: ReadyModel): string {
  const models = join(bench.folder, 'peer-models');
  const folder = join(models, id);
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  symlinkSync(resolve(original), join(folder, 'onnx/model.onnx'));
  const { preprocess } = manifest;
  if (preprocess?.cropMode !== 'center') throw new Error(`${id}: expected a centre crop.`);
  const { inputSize, cropPct, interpolation, mean, std } = preprocess;
  const [, height, width] = inputSize;
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(content, null, 2));
  // A model type that takes images and has one input: what the file computes is the file's.
  write('config.json', { model_type: 'vit', architectures: ['ViTModel'] });
  write('preprocessor_config.json', {
    image_processor_type: 'ViTImageProcessor',
    do_convert_rgb: true,
    do_resize: true,
    size: { shortest_edge: Math.floor(Math.min(height, width) / cropPct) },
    resample: RESAMPLE[interpolation],
    do_center_crop: true,
    crop_size: { height, width },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  });
  return models;
}

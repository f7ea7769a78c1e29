import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manifest } from '@featuretap/core/spec';
import { demoModel, demoPreprocess } from '@featuretap/demo';
import { findPretrained, timmCatalogue as catalogue } from '@featuretap/models';
import { pruneFile, tapFile } from '@featuretap/onnx-export/node';
import { MAKE_MODELS } from './paths.js';
import type { Workbench } from './workbench.js';

/** A model to measure. */
export interface ModelSpec {
  /** Short name. */
  readonly id: string;
  /** timm's architecture. */
  readonly architecture: string;
  /** Photos of a sample, end to end. */
  readonly photos: number;
  /** Large photos of a sample. */
  readonly largePhotos: number;
  /** Whether the lateness of a timer is measured while it runs. */
  readonly lateness: boolean;
}

/** The demo model, with real weights. */
export const DEMO: ModelSpec = {
  id: 'demo',
  architecture: 'efficientnet_lite0',
  photos: 48,
  largePhotos: 12,
  lateness: false,
};

/** All models; those behind the first are made by a Python script. */
export const MODELS: readonly ModelSpec[] = [
  DEMO,
  { id: 'resnet50', architecture: 'resnet50', photos: 24, largePhotos: 12, lateness: false },
  {
    id: 'vit-b16',
    architecture: 'vit_base_patch16_224',
    photos: 16,
    largePhotos: 8,
    lateness: true,
  },
];

/** A model with the files that the contestants load. */
export interface ReadyModel extends ModelSpec {
  /** The untapped classifier. */
  readonly original: string;
  /** The tapped one, all fields. */
  readonly tapped: string;
  /** The tapped one with the fields of two networks only: pooled and logits. */
  readonly few: string;
  /** The tapped one, each stage reduced to the mean of its channels. */
  readonly reduced: string;
  /** Without its head: its only output is pooled. */
  readonly headless: string;
  /** Name of that output. */
  readonly headlessOutput: string;
  /** What the tapped file says of itself. */
  readonly manifest: Manifest;
  /** Names of the tapped file's outputs by field. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Size of the untapped file, bytes. */
  readonly bytes: number;
}

/** Where the untapped file of a model is, made when it is not there; null without a Python. */
async function originalOf(
  bench: Workbench,
  { id, architecture }: ModelSpec,
  { folder, python }: { folder: string; python: string | null },
): Promise<string | null> {
  if (id === DEMO.id) return fileURLToPath(demoModel);
  const file = join(folder, `${architecture}.onnx`);
  if (existsSync(file)) return file;
  if (python === null) return null;
  // Into the folder that goes, so that an interrupted run leaves nothing half made.
  await bench.run([python, MAKE_MODELS, bench.folder, architecture]);
  mkdirSync(folder, { recursive: true });
  renameSync(join(bench.folder, `${architecture}.onnx`), file);
  return file;
}

/**
 * Taps a model and takes its head off, as the command line does with `--arch`.
 *
 * @returns null when the model is not there and no Python can make it.
 */
export async function readyModel(
  bench: Workbench,
  spec: ModelSpec,
  place: { readonly folder: string; readonly python: string | null },
): Promise<ReadyModel | null> {
  const original = await originalOf(bench, spec, place);
  if (original === null) return null;
  const tapped = join(bench.folder, `${spec.id}.tapped.onnx`);
  const few = join(bench.folder, `${spec.id}.few.onnx`);
  const reduced = join(bench.folder, `${spec.id}.reduced.onnx`);
  const headless = join(bench.folder, `${spec.id}.headless.onnx`);
  const { architecture } = spec;
  const preprocess = spec.id === DEMO.id ? demoPreprocess : findPretrained(architecture).preprocess;
  const request = { architecture, catalogue, preprocess };
  const { plan, manifest } = await tapFile(original, tapped, request);
  await tapFile(original, few, { ...request, fields: ['pooled', 'logits'] });
  await tapFile(original, reduced, { ...request, reduce: 'avg' });
  const { pooled } = plan.record;
  if (pooled.value === null || pooled.adapter !== null) {
    throw new Error(`${spec.id}: expected pooled to be a value of the graph.`);
  }
  await pruneFile(original, headless, { to: [pooled.value] });
  return {
    ...spec,
    ...{ original, tapped, few, reduced, headless, manifest },
    headlessOutput: pooled.value,
    outputs: outputsOf(manifest),
    bytes: statSync(original).size,
  };
}

/** Outputs of a tapped file by field. @throws Error when a field is absent */
function outputsOf({ record }: Manifest): Record<string, string> {
  const { stages, unpooled, pooled, logits } = record;
  const fields = [
    ...stages.map((stage, index) => [`stages.${index}`, stage] as const),
    ...[unpooled].flat().map((branch) => ['unpooled', branch] as const),
    ['pooled', pooled] as const,
    ['logits', logits] as const,
  ];
  return Object.fromEntries(
    fields.map(([field, found]) => {
      if ('output' in found) return [field, found.output];
      throw new Error(`Expected all fields, but ${field} is absent: ${found.reason}`);
    }),
  );
}

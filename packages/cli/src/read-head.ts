import { readFile } from 'node:fs/promises';
import type { Tensor } from '@featuretap/core';
import { fileError } from '@featuretap/core/node';
import { FeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { HeadTensor, NewHead } from '@featuretap/onnx-export';

/** Where the numbers of a new classifier are. */
export interface HeadFiles {
  /** A safetensors file with weight and bias. */
  readonly head?: string;
  /** A .npy file with the weights. */
  readonly weight?: string;
  /** A .npy file with the bias. */
  readonly bias?: string;
  /** A file with class names. */
  readonly labels?: string;
}

async function readBytes(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw fileError(error, file);
  });
}

function invalid(what: string, got: string, file: string, advice: string): FeaturetapError {
  const message = `Expected ${what} in ${file}, got ${got}. ${advice}`;
  return new FeaturetapError('INPUT_INVALID', message);
}

/** Float32 numbers of a float32 or float64 tensor; axes of size 1 behind `rank` axes are dropped. */
function floats({ dtype, shape, data }: Tensor, rank: number, file: string): HeadTensor {
  const dims = shape.slice(rank).every((size) => size === 1) ? shape.slice(0, rank) : shape;
  if (data instanceof Float32Array) return { shape: dims, data };
  if (data instanceof Float64Array) return { shape: dims, data: Float32Array.from(data) };
  const advice = 'Convert them first.';
  throw invalid('numbers in float32 or float64', dtype, file, advice);
}

/** The one tensor of a name, or whose name ends in it behind a dot as in a state dict; or null. */
function pick(tensors: ReadonlyMap<string, Tensor>, name: string, file: string): string | null {
  if (tensors.has(name)) return name;
  const found = [...tensors.keys()].filter((key) => key.endsWith(`.${name}`));
  if (found.length < 2) return found[0] ?? null;
  const listed = found.slice(0, 10).map((key) => printableName(key));
  const advice = `Save the classifier alone, as weight and bias.`;
  throw invalid(`one ${name}`, `${found.length}: ${listed.join(', ')}`, file, advice);
}

async function readSafetensorsHead(file: string): Promise<Pick<NewHead, 'weight' | 'bias'>> {
  const { readSafetensors } = await import('@featuretap/core');
  const { tensors } = readSafetensors(await readBytes(file));
  const weight = pick(tensors, 'weight', file);
  const bias = pick(tensors, 'bias', file);
  const prefix = (name: string): string => name.slice(0, name.lastIndexOf('.') + 1);
  if (weight === null || (bias !== null && prefix(bias) !== prefix(weight))) {
    const keys = [...tensors.keys()].slice(0, 10).map((key) => printableName(key));
    const advice = 'Save the classifier as weight, [classes, D], and bias, [classes].';
    throw invalid('weight and bias of one layer', keys.join(', ') || 'nothing', file, advice);
  }
  return {
    weight: floats(tensors.get(weight)!, 2, file),
    ...(bias === null ? {} : { bias: floats(tensors.get(bias)!, 1, file) }),
  };
}

async function readNpyHead(
  file: string,
  biasFile?: string,
): Promise<Pick<NewHead, 'weight' | 'bias'>> {
  const { readNpy } = await import('@featuretap/core');
  const weight = floats(readNpy(await readBytes(file)), 2, file);
  if (biasFile === undefined) return { weight };
  return { weight, bias: floats(readNpy(await readBytes(biasFile)), 1, biasFile) };
}

/**
 * Reads a classifier from safetensors or .npy files.
 *
 * In safetensors the keys are `weight` and `bias`, or end so as in a state dict of timm when there is
 * one such pair. A convolution's [classes, D, 1, 1] is taken as [classes, D]; float64 becomes float32.
 *
 * @returns null when no file with weights is named.
 * @throws FeaturetapError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `INPUT_INVALID` or `LABELS_INVALID`
 */
export async function readHead(files: HeadFiles): Promise<NewHead | null> {
  const { head, weight, bias, labels } = files;
  if (head === undefined && weight === undefined) return null;
  const numbers =
    head === undefined ? await readNpyHead(weight ?? '', bias) : await readSafetensorsHead(head);
  if (labels === undefined) return numbers;
  const { readLabels } = await import('@featuretap/core');
  return { ...numbers, labels: await readLabels(labels) };
}

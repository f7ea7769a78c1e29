import type { Tensor } from '@featuretap/core';
import type { Manifest } from '@featuretap/core/spec';
import { usageError } from '../options.js';

/** An input of a model, with its name. */
export interface NamedInput {
  /** Name of the graph input. */
  readonly name: string;
  /** What goes in. */
  readonly tensor: Tensor;
}

/**
 * The input of the original that stands for one of the tapped file: the same, unless the tapped file
 * takes bytes and normalises them itself. The original then gets what preprocessing makes of them.
 *
 * @throws FeaturetapError `OPTION_INVALID` when the original takes float16
 */
export async function originalInput(
  against: string,
  manifest: Manifest,
  input: NamedInput,
): Promise<NamedInput> {
  const { preprocess } = manifest;
  if (manifest.input.dtype !== 'uint8' || preprocess === null) return input;
  const { inspectFile } = await import('@featuretap/onnx-export/node');
  const target = (await inspectFile(against)).plan.input;
  if (target.name === input.name) return input;
  if (target.dtype !== 'float32') {
    throw usageError(`Expected an original that takes float32, got ${target.dtype}.`);
  }
  const { normalizeInto } = await import('@featuretap/core');
  const { data, shape } = input.tensor;
  const [rows = 0, height = 0, width = 0] = shape;
  const pixels = height * width;
  const planes = new Float32Array(rows * 3 * pixels);
  for (let row = 0; row < rows; row++) {
    const bytes = (data as Uint8Array).subarray(row * 3 * pixels, (row + 1) * 3 * pixels);
    const spec = { ...preprocess, inputSize: [3, height, width] } satisfies typeof preprocess;
    normalizeInto({ width, height, data: bytes }, spec, planes, row * 3 * pixels);
  }
  const isPlanar = target.layout === 'NCHW';
  return {
    name: target.name,
    tensor: {
      dtype: 'float32',
      shape: isPlanar ? [rows, 3, height, width] : [rows, height, width, 3],
      data: isPlanar ? planes : interleaved(planes, pixels),
    },
  };
}

/** Planes of three colours as pixels. */
function interleaved(planes: Float32Array, pixels: number): Float32Array {
  return Float32Array.from({ length: planes.length }, (_, at) => {
    const [image, within] = [Math.floor(at / (3 * pixels)), at % (3 * pixels)];
    return planes[image * 3 * pixels + (within % 3) * pixels + Math.floor(within / 3)] ?? 0;
  });
}

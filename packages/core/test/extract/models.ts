import { fileURLToPath } from 'node:url';
import type { Tensor } from '../../src/tensor/tensor.js';
import { readSafetensors } from '../../src/tensor/safetensors.js';
import { fixture } from '../tensor/fixture.js';

/** Path of a committed model, by its name without the extension. */
export function modelPath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/models/${name}.onnx`, import.meta.url));
}

/** Path of a committed image. */
export function imagePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/images/${name}`, import.meta.url));
}

/** Input and outputs of the model `tiny` for three images, as onnxruntime's Python API has them. */
export function truth(name: string): Tensor<'float32'> {
  const tensor = readSafetensors(fixture('models/tiny.truth.safetensors')).tensors.get(name);
  if (tensor?.dtype !== 'float32') throw new Error(`no float32 tensor ${name}`);
  return tensor as Tensor<'float32'>;
}

/** Largest absolute difference of two arrays of the same length. */
export function maxDifference(left: ArrayLike<number>, right: ArrayLike<number>): number {
  if (left.length !== right.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < left.length; i++) {
    // Math.max would lose a NaN of the first argument's place; a NaN must fail the test.
    const difference = Math.abs(left[i]! - right[i]!);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** A tensor for the model `slow`, whose run takes some hundred milliseconds. */
export function slowInput(): Tensor<'float32'> {
  return { dtype: 'float32', shape: [1, 3, 48, 48], data: new Float32Array(3 * 48 * 48).fill(1) };
}

/**
 * Float sums on another CPU, or by another release, round differently: a few units in the last place
 * of values up to 10, through four layers.
 */
export const TOLERANCE = 1e-5;

import { MAX_MODULE_DEPTH } from '../limits.js';
import type { ModulePath } from './module-path.js';

/** Longest name that is parsed; names of layers are below 200. */
const MAX_NAME_LENGTH = 4096;

/** Wrappers that TensorFlow puts around a network. */
const WRAPPERS = /^(StatefulPartitionedCall|PartitionedCall|model|functional|sequential)(_\d+)?$/;

const DIGITS = /^\d+$/;
const HAS_DIGIT = /\d/;

/**
 * Splits the name of a layer at its underscores: `conv2_block1_out` is `out` of `block1` of `conv2`,
 * and a number on its own belongs to the word before it: `block_3_expand` is `expand` of `block3`.
 */
export function splitLayerName(name: string): string[] {
  const segments: string[] = [];
  for (const token of name.split('_')) {
    const last = segments.at(-1);
    if (token === '') continue;
    if (DIGITS.test(token) && last !== undefined && !HAS_DIGIT.test(last)) {
      segments[segments.length - 1] = `${last}${token}`;
    } else segments.push(token);
  }
  return segments;
}

/**
 * Module path from a name that Keras gives through tf2onnx: the layer, then its operation, such as
 * `StatefulPartitionedCall/resnet50/conv2_block1_1_conv/Conv2D`.
 */
export function kerasPath(name: string): ModulePath | null {
  if (name.length > MAX_NAME_LENGTH || name.startsWith('/') || !name.includes('/')) return null;
  const scopes = name.split('/').slice(0, -1);
  const layers = scopes.filter((scope) => !WRAPPERS.test(scope));
  const path = layers.flatMap(splitLayerName);
  return path.length > MAX_MODULE_DEPTH ? null : path;
}

/**
 * Module path from a value's name in the zoos of Caffe2 and MXNet: `gpu_0/res2_0_branch2a_1`,
 * `resnetv17_stage1_conv0_fwd`. The last part is the layer's own.
 */
export function zooPath(name: string): ModulePath | null {
  if (name.length > MAX_NAME_LENGTH || name.includes('.')) return null;
  const path = splitLayerName(name.slice(name.lastIndexOf('/') + 1)).slice(0, -1);
  return path.length === 0 || path.length > MAX_MODULE_DEPTH ? null : path;
}

import { FeaturetapError, type Adapter, type Dim } from '@featuretap/core/spec';
import { checkLabels } from '../check-labels.js';

/** Numbers of a classifier, row-major. */
export interface HeadTensor {
  /** Shape: [classes, D] of weights, [classes] of a bias. */
  readonly shape: readonly number[];
  /** The numbers, all finite. */
  readonly data: Float32Array;
}

/** A linear classifier on pooled: logits = pooled · weightᵀ + bias. */
export interface NewHead {
  /** Weights, [classes, D], as PyTorch's `Linear` and scikit-learn's `coef_` have them. */
  readonly weight: HeadTensor;
  /** Bias, [classes]; none by default. */
  readonly bias?: HeadTensor;
  /** Class names in the order of the rows of `weight`. */
  readonly labels?: readonly string[];
}

/** A field that a head is computed from, or the one that it makes. */
export interface HeadField {
  /** Name of the graph value. */
  readonly value: string;
  /** Nodes between that value and the field, or null. */
  readonly adapter: Adapter | null;
  /** Shape of the field. */
  readonly shape: readonly Dim[];
}

function invalid(what: string, got: string, advice: string): FeaturetapError {
  return new FeaturetapError('INPUT_INVALID', `Expected ${what}, got ${got}. ${advice}`);
}

function isSizes(shape: unknown, rank: number): shape is readonly number[] {
  const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && Number(size) >= 1;
  return Array.isArray(shape) && shape.length === rank && shape.every(isSize);
}

function shown(shape: unknown): string {
  return Array.isArray(shape) ? `[${shape.map(String).join(', ')}]` : typeof shape;
}

/** Numbers agree with their shape and are finite. */
function checkNumbers({ shape, data }: HeadTensor, what: string): void {
  const count = shape.reduce((product, size) => product * size, 1);
  if (!(data instanceof Float32Array) || data.length !== count) {
    const got = ArrayBuffer.isView(data)
      ? `${data.constructor.name} of ${data.length}`
      : typeof data;
    throw invalid(`a Float32Array of ${count} numbers as ${what}`, got, 'Convert it first.');
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return;
  throw invalid(
    `finite numbers as ${what}`,
    `${data[bad]} at position ${bad}`,
    'Check the training that made them.',
  );
}

/**
 * Checks a new classifier against the features that it is to work on.
 *
 * @param width - D, the number of channels of pooled.
 * @returns the number of classes.
 * @throws FeaturetapError `INPUT_INVALID` for numbers that do not fit, `OPTION_INVALID` for labels
 * that do not
 */
export function checkHead({ weight, bias, labels }: NewHead, width: Dim | undefined): number {
  const shape: unknown = weight.shape;
  const [classes, columns] = isSizes(shape, 2) ? shape : [];
  if (classes === undefined) {
    throw invalid('weights of shape [classes, D]', shown(shape), 'Transpose or reshape them.');
  }
  if (columns !== width) {
    throw invalid(
      `weights for ${String(width)} channels, as pooled has, so of shape [classes, ${String(width)}]`,
      shown(shape),
      'Train them on the pooled features of this very model.',
    );
  }
  checkNumbers(weight, 'weights');
  if (bias !== undefined) {
    const length: unknown = bias.shape;
    if (!isSizes(length, 1) || length[0] !== classes) {
      throw invalid(`a bias of shape [${classes}]`, shown(length), 'Give one for each class.');
    }
    checkNumbers(bias, 'bias');
  }
  if (labels !== undefined) checkLabels(labels, classes);
  return classes;
}

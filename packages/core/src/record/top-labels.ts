import { z } from 'zod';
import { FeaturetapError } from '../spec/errors.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';
import { formatShape, type Tensor } from '../tensor/tensor.js';
import { toFloat32 } from '../tensor/to-float32.js';

/** One class of a classifier's answer. */
export interface LabelScore {
  /** Position of the class in the logits. */
  readonly index: number;
  /** Name of the class; null when no names were given. */
  readonly label: string | null;
  /** Softmax of the logits, 0 to 1. */
  readonly probability: number;
}

/** Options of {@link topLabels}. */
export interface TopLabelsOptions {
  /**
   * Number of classes to return; all of them when there are fewer.
   *
   * @defaultValue 5
   */
  readonly k?: number;
  /** Names of all classes, in the order of the logits; null for none. */
  readonly labels?: readonly string[] | null;
  /**
   * Image of the batch.
   *
   * @defaultValue 0
   */
  readonly row?: number;
}

const topLabelsOptionsSchema = strictOptions({
  k: z.int().min(1).default(5),
  labels: z.custom<readonly string[]>(Array.isArray, 'expected a list of names').nullish(),
  row: z.int().min(0).default(0),
});

/**
 * The most probable classes of one image, most probable first; equal ones by index.
 *
 * @param logits - [N, classes], float32 or float16.
 * @throws FeaturetapError `INPUT_INVALID` (no logits, no such image, values that are no numbers),
 * `LABELS_INVALID` (another number of names than classes), `OPTION_INVALID`
 */
export function topLabels(
  logits: Pick<Tensor, 'dtype' | 'shape' | 'data'>,
  options: TopLabelsOptions = {},
): LabelScore[] {
  const { k, labels, row } = parseWith(topLabelsOptionsSchema, options, 'options of topLabels');
  // Callers without types may pass the field of a record that has none.
  if ((logits as unknown) === undefined) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      'Expected logits, got undefined: the record has none. Name them in `fields`, which says why a ' +
        'file lacks them.',
    );
  }
  const [rows = 0, classes = 0] = logits.shape;
  if (logits.shape.length !== 2 || row >= rows || classes === 0) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected logits [N, classes] with a row ${row}, got ${formatShape(logits.shape)}.`,
    );
  }
  if (labels != null && labels.length !== classes) {
    throw new FeaturetapError(
      'LABELS_INVALID',
      `Expected ${classes} labels, one for each class, got ${labels.length}. ` +
        'Give the labels that the model was trained with.',
    );
  }
  const { dtype, data } = logits;
  const values = toFloat32({ dtype, data: data.subarray(row * classes, (row + 1) * classes) });
  const probabilities = softmax(values);
  return Array.from(probabilities.keys())
    .sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
    .slice(0, k)
    .map((index) => ({
      index,
      label: labels?.[index] ?? null,
      probability: probabilities[index]!,
    }));
}

/** In double precision; the largest value is subtracted first, so that nothing overflows. */
function softmax(values: Float32Array): Float64Array {
  const largest = values.reduce((a, b) => Math.max(a, b));
  if (!Number.isFinite(largest)) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected logits that are finite numbers, got ${largest}. ` +
        'Check the input of the run; float16 models overflow above 65504.',
    );
  }
  const powers = Float64Array.from(values, (value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

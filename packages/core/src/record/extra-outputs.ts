import { FeaturetapError } from '../spec/errors.js';
import type { Dim } from '../spec/layout.js';
import type { ExtraOutput, Manifest } from '../spec/manifest.js';
import { formatShape, type Tensor } from '../tensor/tensor.js';
import { printableName, printableNames } from '../wire/name.js';

/** What a record has beside its fields when a run was asked for extra outputs. */
export interface WithExtras {
  /**
   * Outputs of the file that are no fields, by their name; a Map because any name can come.
   *
   * Their first axis is the batch only where the graph has it so.
   */
  readonly extras: ReadonlyMap<string, Tensor>;
}

/**
 * The extra outputs that a run was asked for.
 *
 * @param wanted - names of outputs, or true for all.
 * @throws FeaturetapError `TAP_NOT_FOUND`
 */
export function selectExtras(
  manifest: Manifest,
  wanted: true | readonly string[],
): readonly ExtraOutput[] {
  const { extras = [] } = manifest;
  if (wanted === true) return extras;
  return [...new Set(wanted)].map((name) => {
    const extra = extras.find((each) => each.output === name);
    if (extra !== undefined) return extra;
    const names = printableNames(extras.map((each) => each.output));
    throw new FeaturetapError(
      'TAP_NOT_FOUND',
      `Expected the extra output ${quoted(name)} in the tapped file, which has ${names}. ` +
        'Ask for fields with the option `fields`, or tap the model again with ' +
        '`--output NAME=VALUE`.',
    );
  });
}

/**
 * Picks extra outputs from those of a run; dtype and shape are checked where the manifest has them.
 *
 * @param rows - number of images in the batch.
 * @throws FeaturetapError `MANIFEST_INVALID` when an output is not what the manifest says
 */
export function buildExtras(
  extras: readonly ExtraOutput[],
  outputs: ReadonlyMap<string, Tensor>,
  input: Pick<Manifest['input'], 'shape'>,
  rows: number,
): ReadonlyMap<string, Tensor> {
  return new Map(
    extras.map((extra) => {
      const tensor = outputs.get(extra.output);
      const shape = expectedShape(extra.shape, input.shape[0]!, rows);
      if (tensor !== undefined && fits(tensor, extra.dtype, shape)) return [extra.output, tensor];
      const got = tensor === undefined ? 'nothing' : `${tensor.dtype} ${formatShape(tensor.shape)}`;
      const expected = [
        extra.dtype ?? 'any dtype',
        shape === null ? 'any shape' : formatShape(shape),
      ];
      throw new FeaturetapError(
        'MANIFEST_INVALID',
        `Expected the extra output ${quoted(extra.output)} to be ${expected.join(' ')} ` +
          `for ${rows} images, got ${got}. Tap the original model again.`,
      );
    }),
  );
}

/** Any name can stand in a file, also one that would steer a terminal. */
function quoted(name: string): string {
  return `"${printableName(name)}"`;
}

/** A first axis that is the batch of the input, by name or as the size that the export fixed. */
function expectedShape(
  shape: readonly Dim[] | null,
  batch: Dim,
  rows: number,
): readonly Dim[] | null {
  return shape !== null && shape[0] === batch ? [rows, ...shape.slice(1)] : shape;
}

function fits(tensor: Tensor, dtype: string | null, shape: readonly Dim[] | null): boolean {
  if (dtype !== null && tensor.dtype !== dtype) return false;
  return (
    shape === null ||
    (shape.length === tensor.shape.length &&
      shape.every((size, axis) => typeof size === 'string' || size === tensor.shape[axis]))
  );
}

import type { TypedArrayOf } from '../spec/dtype.js';
import { FeaturetapError } from '../spec/errors.js';
import type { Dim } from '../spec/layout.js';
import { elementCount } from '../tensor/tensor.js';
import type { FieldSpec, StageSpec } from './record-spec.js';

/**
 * Shape after a run: sizes that were known stay literal types, named ones become numbers.
 *
 * The batch is always a number: also a model of a fixed batch runs any number of images.
 */
export type ShapeOf<S extends readonly Dim[]> = {
  readonly [K in keyof S]: K extends '0' ? number : S[K] extends number ? S[K] : number;
};

/** One tensor of a record; the first axis is the batch. */
export interface FeatureTensor<F extends FieldSpec = FieldSpec> {
  /** Element type. */
  readonly dtype: F['dtype'];
  /** Size of each axis, batch first. */
  readonly shape: ShapeOf<F['shape']>;
  /** Meaning of the axes: N batch, C channels, H and W positions, L tokens. */
  readonly layout: F['layout'];
  /** All elements, row-major; float16 as raw bits. */
  readonly data: TypedArrayOf<F['dtype']>;
  /**
   * The elements of one image of the batch: a view that shares memory with `data`.
   *
   * @param index - position of the image in the batch, from 0.
   * @throws FeaturetapError `INPUT_INVALID` when the batch has no such image
   */
  row(index: number): TypedArrayOf<F['dtype']>;
}

/** One stage of a record: a tensor that knows its place in the input. */
export type StageTensor<F extends StageSpec = StageSpec> = FeatureTensor<F> & ReductionOf<F>;

/** A reduction that the spec states. */
export interface KnownReduction<R extends number> {
  /** Input pixels per position, in each direction. */
  readonly reduction: R;
}

/** A reduction that is known only when the model runs. */
export interface OpenReduction {
  /** Input pixels per position, in each direction; left out where the file does not tell. */
  readonly reduction?: number;
}

/** What a stage of the spec `F` tells of its reduction. */
export type ReductionOf<F extends StageSpec> =
  F extends KnownReduction<infer R> ? KnownReduction<R> : OpenReduction;

/**
 * `row` stands on a shared prototype: a tensor stays plain data, which can be posted to another
 * thread or compared by value.
 */
const ROWS: Pick<FeatureTensor, 'row'> = {
  row(this: FeatureTensor, index: number) {
    const [rows = 0, ...sample] = this.shape;
    if (!Number.isInteger(index) || index < 0 || index >= rows) {
      throw new FeaturetapError(
        'INPUT_INVALID',
        `Expected the index of one of ${rows} images, counted from 0, got ${index}.`,
      );
    }
    const size = elementCount(sample);
    return this.data.subarray(index * size, (index + 1) * size);
  },
};

/** Gives a tensor of an output the form it has in a record; nothing is copied. */
export function featureTensor(fields: Omit<StageTensor, 'row'>): StageTensor {
  const { dtype, shape, layout, data, reduction } = fields;
  const told = reduction === undefined ? {} : { reduction };
  return Object.assign(Object.create(ROWS) as typeof ROWS, { dtype, shape, layout, data, ...told });
}

import { z } from 'zod';
import type { RecordFields } from '../record/feature-output.js';
import type { Layout } from '../spec/layout.js';
import type { DType } from '../spec/dtype.js';
import { parseWith } from '../spec/parse.js';
import { fromFloat16Bits } from '../tensor/float16.js';
import { strictOptions } from '../spec/strict-options.js';
import { checkTensor, type Tensor } from '../tensor/tensor.js';

/** Options of {@link toJSON}. */
export interface ToJsonOptions {
  /**
   * Elements of each tensor that are listed, from the first, row-major; `Infinity` lists all.
   *
   * @defaultValue 0
   */
  readonly maxElements?: number;
}

/** A tensor as plain data for JSON. */
export interface JsonTensor {
  /** Element type. */
  readonly dtype: DType;
  /** Size of each axis. */
  readonly shape: number[];
  /** Meaning of the axes, where it is known. */
  readonly layout?: Layout;
  /** Number of elements that the tensor has. */
  readonly elements: number;
  /**
   * The first elements, absent when `maxElements` is 0. NaN and infinity, which JSON has no numbers
   * for, are `'NaN'`, `'Infinity'` and `'-Infinity'`; 64-bit integers are decimal strings.
   */
  readonly data?: (number | string)[];
}

/** A record as plain data for JSON; it has the keys that the record has. */
export interface JsonRecord {
  /** Feature maps, low to high level. */
  readonly stages?: JsonTensor[];
  /** The last features before pooling; a list for networks with several branches. */
  readonly unpooled?: JsonTensor | JsonTensor[];
  /** The vector that enters the classifier. */
  readonly pooled?: JsonTensor;
  /** Classifier output. */
  readonly logits?: JsonTensor;
  /** Extra outputs by name, when the run was asked for some. */
  readonly extras?: Readonly<Record<string, JsonTensor>>;
}

/** What {@link toJSON} takes for a tensor: one of a record, or a plain one. */
export interface DescribableTensor extends Pick<Tensor, 'dtype' | 'shape' | 'data'> {
  /** Meaning of the axes, where it is known. */
  readonly layout?: Layout;
}

/** What {@link toJSON} takes for a record: a result of `run`, with any of its keys. */
export type DescribableRecord = Partial<RecordFields> & {
  /** Extra outputs by name. */
  readonly extras?: ReadonlyMap<string, Tensor>;
};

const toJsonOptionsSchema = strictOptions({
  maxElements: z.union([z.int().min(0), z.literal(Number.POSITIVE_INFINITY)]).default(0),
});

/**
 * Describes a tensor, or every tensor of a record, as plain data that `JSON.stringify` writes whole.
 *
 * Numbers are exact: reading one back and rounding it to the dtype gives the same element, but that
 * JSON text loses the sign of -0. float16 is decoded. Thousands of numbers belong into
 * `writeSafetensors` or `writeNpy`.
 *
 * @throws FeaturetapError `INPUT_INVALID` when dtype, shape and data of a tensor do not agree,
 * `OPTION_INVALID`
 */
export function toJSON(tensor: DescribableTensor, options?: ToJsonOptions): JsonTensor;
/** Describes a record. */
export function toJSON(record: DescribableRecord, options?: ToJsonOptions): JsonRecord;
export function toJSON(
  value: DescribableTensor | DescribableRecord,
  options: ToJsonOptions = {},
): JsonTensor | JsonRecord {
  const { maxElements } = parseWith(toJsonOptionsSchema, options, 'options of toJSON');
  const one = (tensor: DescribableTensor): JsonTensor => jsonTensor(tensor, maxElements);
  if ('data' in value) return one(value);
  const { stages, unpooled, pooled, logits, extras } = value;
  const list = (tensors: readonly DescribableTensor[]): JsonTensor[] => tensors.map(one);
  return {
    ...(stages && { stages: list(stages) }),
    ...(unpooled && { unpooled: 'data' in unpooled ? one(unpooled) : list(unpooled) }),
    ...(pooled && { pooled: one(pooled) }),
    ...(logits && { logits: one(logits) }),
    // fromEntries defines its keys: a name such as __proto__ is one like any other.
    ...(extras && {
      extras: Object.fromEntries(Array.from(extras, ([name, tensor]) => [name, one(tensor)])),
    }),
  };
}

function jsonTensor(tensor: DescribableTensor, maxElements: number): JsonTensor {
  checkTensor(tensor, 'the tensor');
  const { dtype, shape, layout, data } = tensor;
  return {
    dtype,
    shape: [...shape],
    ...(layout && { layout }),
    elements: data.length,
    ...(maxElements > 0 && {
      data: listElements(data.subarray(0, Math.min(maxElements, data.length)), dtype),
    }),
  };
}

function listElements(data: Tensor['data'], dtype: DType): (number | string)[] {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Array.from(data, String);
  }
  const values = dtype === 'float16' ? Array.from(data, fromFloat16Bits) : Array.from(data);
  return values.map((value) => (Number.isFinite(value) ? value : String(value)));
}

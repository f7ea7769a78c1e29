import type { FeatureOutput, FeatureTensor, Tensor } from '@featuretap/core';
import { printableName } from '@featuretap/core/wire';
import { formatTable } from './print.js';

/** A tensor's metadata. */
interface TensorShape {
  readonly shape: readonly number[];
  readonly layout: string;
  readonly dtype: string;
}

/** A record's metadata, as `--json` prints it. */
export interface RecordShapes {
  readonly stages?: readonly TensorShape[];
  readonly unpooled?: TensorShape | readonly TensorShape[];
  readonly pooled?: TensorShape;
  readonly logits?: TensorShape;
  readonly extras?: readonly (Omit<TensorShape, 'layout'> & { readonly output: string })[];
}

/** A record, or part of one, with further outputs when the file has some. */
export type AnyRecord = Partial<FeatureOutput> & {
  readonly extras?: ReadonlyMap<string, Tensor>;
};

function isList(
  value: FeatureTensor | readonly FeatureTensor[],
): value is readonly FeatureTensor[] {
  return Array.isArray(value);
}

/** Shapes and layouts of a record, without its elements. */
export function recordShapes(record: AnyRecord): RecordShapes {
  const { stages, unpooled, pooled, logits, extras } = record;
  const metadata = ({ shape, layout, dtype }: FeatureTensor): TensorShape => ({
    shape,
    layout,
    dtype,
  });
  return {
    ...(stages === undefined ? {} : { stages: stages.map(metadata) }),
    ...(unpooled === undefined
      ? {}
      : { unpooled: isList(unpooled) ? unpooled.map(metadata) : metadata(unpooled) }),
    ...(pooled === undefined ? {} : { pooled: metadata(pooled) }),
    ...(logits === undefined ? {} : { logits: metadata(logits) }),
    ...(extras === undefined
      ? {}
      : {
          extras: [...extras].map(([output, { shape, dtype }]) => ({ output, shape, dtype })),
        }),
  };
}

/** A record as a table of field, shape, layout and type. */
export function recordTable(record: AnyRecord): string {
  const rows = [['field', 'shape', 'layout', 'dtype']];
  const add = (name: string, tensor: FeatureTensor): void => {
    rows.push([name, tensor.shape.join(' x '), tensor.layout, tensor.dtype]);
  };
  record.stages?.forEach((stage, i) => {
    add(`stages.${i}`, stage);
  });
  const { unpooled } = record;
  if (unpooled !== undefined && isList(unpooled)) {
    unpooled.forEach((branch, i) => {
      add(`unpooled.${i}`, branch);
    });
  } else if (unpooled !== undefined) add('unpooled', unpooled);
  if (record.pooled !== undefined) add('pooled', record.pooled);
  if (record.logits !== undefined) add('logits', record.logits);
  for (const [name, { shape, dtype }] of record.extras ?? []) {
    rows.push([printableName(name, 60), shape.join(' x '), '', dtype]);
  }
  return formatTable(rows);
}

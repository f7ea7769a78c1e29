import type { FeatureOutput, FeatureTensor } from '@featuretap/core';
import { formatTable } from './print.js';

/** A record's metadata, as `--json` prints it. */
export interface RecordShapes {
  stages?: { shape: readonly number[] }[];
  unpooled?: TensorShape | TensorShape[];
  pooled?: { shape: readonly number[] };
  logits?: { shape: readonly number[] };
}

interface TensorShape {
  shape: readonly number[];
  layout: string;
}

/** A record, or part of one. */
export type AnyRecord = Partial<FeatureOutput>;

function isList(
  value: FeatureTensor | readonly FeatureTensor[],
): value is readonly FeatureTensor[] {
  return Array.isArray(value);
}

/** Shapes and layouts of a record, without its elements. */
export function recordShapes(record: AnyRecord): RecordShapes {
  const { stages, unpooled, pooled, logits } = record;
  const withLayout = ({ shape, layout }: FeatureTensor): TensorShape => ({ shape, layout });
  return {
    ...(stages === undefined ? {} : { stages: stages.map(({ shape }) => ({ shape })) }),
    ...(unpooled === undefined
      ? {}
      : { unpooled: isList(unpooled) ? unpooled.map(withLayout) : withLayout(unpooled) }),
    ...(pooled === undefined ? {} : { pooled: { shape: pooled.shape } }),
    ...(logits === undefined ? {} : { logits: { shape: logits.shape } }),
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
  return formatTable(rows);
}

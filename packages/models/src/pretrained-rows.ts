import type { PreprocessSpec } from '@featuretap/core/spec';

// The generated tables repeat nothing: a row holds indices into tables of distinct values.

/** Mean and standard deviation, of RGB/255 per channel. */
export type StatisticsRow = readonly [
  mean: readonly [number, number, number],
  std: readonly [number, number, number],
];

/** Preprocessing; `statistics` is an index into STATISTICS. */
export type PreprocessRow = readonly [
  height: number,
  width: number,
  interpolation: PreprocessSpec['interpolation'],
  cropPct: number,
  cropMode: PreprocessSpec['cropMode'],
  statistics: number,
];

/**
 * One tag of an architecture; `preprocess` and `licence` are indices into PREPROCESS and LICENCES.
 *
 * Left out at the end: `classes` when it is 1,000, and `hub` when it is `timm/architecture.tag`.
 */
export type PretrainedRow = readonly [
  tag: string,
  preprocess: number,
  licence: number,
  classes?: number,
  hub?: string | null,
];

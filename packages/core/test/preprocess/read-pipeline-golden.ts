import { readFileSync } from 'node:fs';
import type { PreprocessSpec } from '../../src/spec/preprocess-spec.js';
import { imageUrl } from './read-golden.js';

/** Where a generated file stands in the file of all images: its first byte and its length. */
type Place = readonly [at: number, length: number];

/** One file and what timm makes of it, see tools/python/make_pipeline_golden.py. */
export type PipelineCase = {
  readonly spec: PreprocessSpec;
  /** SHA-256 of the bytes after the crop, HWC. */
  readonly bytes: string;
  /** SHA-256 of the float32 values, CHW, little-endian. */
  readonly floats: string;
  /** Some pixels, to see how a case differs: row, column, bytes, values. */
  readonly spots: readonly (readonly [number, number, readonly number[], readonly number[]])[];
} & (
  | { readonly format: string; readonly shape: string; readonly at: Place; readonly image?: never }
  /** A committed image. */
  | { readonly image: string; readonly format?: never; readonly shape?: never }
);

/** A file that timm raises on. */
export interface RefusedCase {
  readonly shape: string;
  readonly at: Place;
  readonly spec: PreprocessSpec;
}

const folder = new URL('../fixtures/pipeline/', import.meta.url);
const images = readFileSync(new URL('images.bin', folder));

/** Cases of the whole way from a file to the input of a model. */
export const { cases, refused } = JSON.parse(
  readFileSync(new URL('pipeline.json', folder), 'utf8'),
) as { cases: readonly PipelineCase[]; refused: readonly RefusedCase[] };

/** Bytes of the file of a case. */
export function fileOf(of: PipelineCase | RefusedCase): Uint8Array {
  if (!('at' in of)) return readFileSync(imageUrl(of.image));
  const [at, length] = of.at;
  return images.subarray(at, at + length);
}

/** What a case is, for the names of tests. */
export function nameOf(of: PipelineCase): string {
  const { inputSize, interpolation, cropMode, cropPct, mean } = of.spec;
  const source = of.image ?? `${of.format} ${of.shape}`;
  const size = inputSize.slice(1).join('x');
  return `${source} to ${size}, ${interpolation}, ${cropMode} ${cropPct}, mean ${mean[0]}`;
}

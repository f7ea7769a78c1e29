import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { decodeImage } from '../../src/image/decode-image.js';
import type { RgbImage } from '../../src/image/rgb-image.js';
import type { PreprocessSpec } from '../../src/spec/preprocess-spec.js';

/** One output of the reference, see tools/python/make_preprocess_golden.py. */
export interface GoldenCase {
  readonly image: string;
  /** Width and height of the part from the top left corner that is used. */
  readonly part?: readonly [number, number];
  readonly spec: PreprocessSpec;
  readonly shape: readonly number[];
  readonly sha256: string;
  /** Where the output stands in the data file; long outputs have `pixels` instead. */
  readonly offset?: number;
  /** Some pixels: row, column, red, green, blue. */
  readonly pixels?: readonly (readonly [number, number, number, number, number])[];
  readonly rows?: 'repeated';
}

export interface Golden {
  readonly cases: readonly GoldenCase[];
  /** Bytes of a case that are stored in full. */
  bytes(of: GoldenCase): Uint8Array;
}

const fixtures = new URL('../fixtures/', import.meta.url);

export function imageUrl(name: string): URL {
  return new URL(`images/${name}`, fixtures);
}

export function readGolden(name: string): Golden {
  const json = readFileSync(new URL(`preprocess/${name}.json`, fixtures), 'utf8');
  const data = readFileSync(new URL(`preprocess/${name}.bin`, fixtures));
  const { cases } = JSON.parse(json) as { cases: GoldenCase[] };
  return {
    cases,
    bytes({ offset, shape, image }) {
      if (offset === undefined) throw new Error(`The output of ${image} is not stored in full.`);
      const values = shape.reduce((product, size) => product * size, 1);
      // Decoded and resized outputs are bytes, normalised ones float32.
      return data.subarray(offset, offset + values * (name === 'normalize' ? 4 : 1));
    },
  };
}

export async function readPart(of: GoldenCase): Promise<RgbImage> {
  const image = await decodeImage(imageUrl(of.image));
  if (of.part === undefined) return image;
  const [width, height] = of.part;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = y * image.width * 3;
    data.set(image.data.subarray(start, start + width * 3), y * width * 3);
  }
  return { width, height, data };
}

export function describeCase({ image, part, spec }: GoldenCase): string {
  const [, height, width] = spec.inputSize;
  const source = part === undefined ? image : `${image} ${part.join('x')}`;
  return `${source} to ${width}x${height}, ${spec.interpolation}, ${spec.cropMode} ${spec.cropPct}`;
}

/** How two byte arrays differ; says more than a failed comparison of thousands of numbers. */
export function difference(actual: Uint8Array, expected: Uint8Array): object {
  let differing = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(expected[i]! - actual[i]!);
    if (distance > 0) differing += 1;
    largest = Math.max(largest, distance);
  }
  return { length: actual.length, differing, largest };
}

export function expectSameImage(actual: RgbImage, golden: Golden, expected: GoldenCase): void {
  expect([actual.height, actual.width, 3]).toEqual(expected.shape);
  if (expected.offset !== undefined) {
    const bytes = golden.bytes(expected);
    const same = { length: bytes.length, differing: 0, largest: 0 };
    expect(difference(actual.data, bytes)).toEqual(same);
  }
  const pixels = expected.pixels?.map(([y, x]) => {
    const at = (y * actual.width + x) * 3;
    return [y, x, ...actual.data.subarray(at, at + 3)];
  });
  expect(pixels).toEqual(expected.pixels);
  expect(createHash('sha256').update(actual.data).digest('hex')).toBe(expected.sha256);
}

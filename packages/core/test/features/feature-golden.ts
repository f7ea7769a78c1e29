import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Tensor } from '../../src/tensor/tensor.js';
import { toFloat16Bits } from '../../src/tensor/float16.js';

/** An input of a golden: shape and float32 values. */
export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What tools/python/make_feature_golden.py wrote under a name. */
export function featureGolden(name: string): unknown {
  const url = new URL(`../fixtures/features/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { golden: unknown }).golden;
}

export function float32({ shape, data }: GoldenTensor): Tensor<'float32'> {
  return { dtype: 'float32', shape, data: Float32Array.from(data) };
}

export function float16({ shape, data }: GoldenTensor): Tensor<'float16'> {
  return { dtype: 'float16', shape, data: Uint16Array.from(data, toFloat16Bits) };
}

/** A tensor [N, D] of rows. */
export function vectors(...rows: readonly (readonly number[])[]): Tensor<'float32'> {
  return float32({ shape: [rows.length, rows[0]?.length ?? 1], data: rows.flat() });
}

/** Every value within a tolerance relative to the larger of 1 and itself. */
export function expectClose(
  got: ArrayLike<number>,
  expected: readonly number[],
  tolerance: number,
): void {
  expect(got).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    const room = tolerance * Math.max(1, Math.abs(value));
    expect(Math.abs(got[i]! - value), `value ${i}: ${got[i]} for ${value}`).toBeLessThanOrEqual(
      room,
    );
  });
}

import { describe, expect, it } from 'vitest';
import { preprocess } from '../../src/preprocess/preprocess.js';
import { resizeAndCrop } from '../../src/preprocess/resize-and-crop.js';
import { fillCropped, fillImage } from '../../src/session/fill-image.js';
import type { Manifest } from '../../src/spec/manifest.js';
import type { PreprocessSpec } from '../../src/spec/preprocess-spec.js';
import { toFloat16Bits } from '../../src/tensor/float16.js';

const SPEC: PreprocessSpec = {
  inputSize: [3, 2, 3],
  interpolation: 'bilinear',
  cropPct: 1,
  cropMode: 'squash',
  mean: [0.5, 0.25, 0.125],
  std: [0.5, 1, 2],
};
const IMAGE = {
  width: 5,
  height: 4,
  data: Uint8Array.from({ length: 60 }, (_, i) => (i * 37) % 256),
};
const PLANES = preprocess(IMAGE, SPEC);
const PIXELS = 6;

/** From [C, H, W] to [H, W, C]. */
function interleave(planes: ArrayLike<number>): number[] {
  const order = Array.from(
    { length: planes.length },
    (_, i) => (i % 3) * PIXELS + Math.floor(i / 3),
  );
  return order.map((at) => planes[at]!);
}

function planar(bytes: Uint8Array): number[] {
  return [0, 1, 2].flatMap((c) => Array.from(bytes).filter((_, i) => i % 3 === c));
}

const HALVES = Array.from(PLANES, toFloat16Bits);
const BYTES = resizeAndCrop(IMAGE, SPEC).data;

describe('fillImage', () => {
  it.each<[Manifest['input']['dtype'], 'NCHW' | 'NHWC', ArrayLike<number>]>([
    ['float32', 'NCHW', PLANES],
    ['float32', 'NHWC', interleave(PLANES)],
    ['float16', 'NCHW', HALVES],
    ['float16', 'NHWC', interleave(HALVES)],
    ['uint8', 'NHWC', BYTES],
    ['uint8', 'NCHW', planar(BYTES)],
  ])('writes %s %s into its place in the batch', (dtype, layout, expected) => {
    const Elements = { float32: Float32Array, float16: Uint16Array, uint8: Uint8Array }[dtype];
    const target = new Elements(3 * 18).fill(7);
    fillImage(IMAGE, SPEC, { dtype, layout }, target, 18);
    expect(Array.from(target.subarray(18, 36))).toEqual(Array.from(expected));
    const outside = [...target.subarray(0, 18), ...target.subarray(36)];
    expect(outside.every((value) => value === 7)).toBe(true);
  });
});

describe('fillCropped', () => {
  it('takes an image of the input size as it is, without resizing it again', () => {
    const enlarging = { ...SPEC, cropPct: 0.5 };
    const cropped = resizeAndCrop(IMAGE, enlarging);
    const target = new Float32Array(18);
    fillCropped(cropped, enlarging, { dtype: 'float32', layout: 'NCHW' }, target, 0);
    expect(target).toEqual(preprocess(IMAGE, enlarging));
    fillImage(cropped, enlarging, { dtype: 'float32', layout: 'NCHW' }, target, 0);
    expect(target).not.toEqual(preprocess(IMAGE, enlarging));
  });
});

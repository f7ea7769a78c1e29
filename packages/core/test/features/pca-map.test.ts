import { describe, expect, it } from 'vitest';
import { mapToRgb } from '../../src/features/map-to-rgb.js';
import { pcaMap } from '../../src/features/pca-map.js';
import {
  expectClose,
  featureGolden,
  float16,
  float32,
  type GoldenTensor,
} from './feature-golden.js';

const golden = featureGolden('pca') as { name: string; map: GoldenTensor; planes: number[] }[];
const maps = golden.map(({ name, map, planes }) => ({
  name,
  planes,
  half: { ...float16(map), layout: 'NCHW' as const },
  map: { ...float32(map), layout: 'NCHW' as const },
}));
const [few] = maps;

/** `few` twice, with the channels last and a first image of ones. */
function secondOfBatch() {
  const [, c = 0, h = 0, w = 0] = few!.map.shape;
  const data = new Float32Array(2 * c * h * w).fill(1);
  few!.map.data.forEach((value, i) => {
    data[c * h * w + (i % (h * w)) * c + Math.floor(i / (h * w))] = value;
  });
  return { dtype: 'float32' as const, shape: [2, h, w, c], layout: 'NHWC' as const, data };
}

describe('pcaMap', () => {
  it.each(maps)("is numpy's singular value decomposition: $name", ({ map, planes }) => {
    const { dtype, shape, data } = pcaMap(map);
    expect(dtype).toBe('float32');
    expect(shape).toEqual([3, ...map.shape.slice(2)]);
    expectClose(data, planes, 1e-6);
  });

  it('takes an image of a batch, and channels that come last', () => {
    expectClose(pcaMap(secondOfBatch(), { row: 1 }).data, few!.planes, 1e-6);
  });

  it('reads float16', () => {
    expectClose(pcaMap(few!.half).data, few!.planes, 2e-2);
  });

  it('gives as many components as asked for', () => {
    const { shape, data } = pcaMap(few!.map, { components: 5 });
    expect(shape).toEqual([5, 6, 7]);
    expectClose(data.subarray(0, 3 * 42), few!.planes, 1e-6);
  });

  it('gives the same bits in every run', () => {
    for (const { map } of maps) expect(pcaMap(map)).toEqual(pcaMap(map));
  });

  it('is 0 for a map that is the same everywhere', () => {
    expect(pcaMap(secondOfBatch(), { row: 0 }).data.every((value) => value === 0)).toBe(true);
  });

  it('ends on noise, whose components are hardly apart', () => {
    let state = 7;
    const noise = Float32Array.from({ length: 300 * 400 }, () => {
      state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647;
      return state / 2 ** 31;
    });
    const map = { dtype: 'float32', shape: [1, 300, 20, 20], layout: 'NCHW', data: noise } as const;
    const { data } = pcaMap(map);
    expect(data.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it.each<[string, object, object, RegExp]>([
    ['tokens', { layout: 'NLC', shape: [1, 42, 5] }, {}, /layout NCHW or NHWC/u],
    ['an image that is not there', {}, { row: 1 }, /one of 1 images, counted from 0, got 1/u],
    ['NaN', { data: new Float32Array(210).fill(Number.NaN) }, {}, /finite numbers in the map/u],
  ])('refuses %s', (_, change, options, message) => {
    const draw = () => pcaMap({ ...few!.map, ...change }, options);
    expect(draw).toThrow(message);
    expect(draw).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  it.each([{ components: 0 }, { components: 17 }, { row: -1 }, { k: 3 }])(
    'refuses the options %j',
    (options) => {
      const draw = () => pcaMap(few!.map, options);
      expect(draw).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    },
  );
});

describe('mapToRgb', () => {
  const map = float32({ shape: [3, 1, 2], data: [0, 1, 0.5, -3, 2, Number.NaN] });

  it('puts the planes into the channels, clipped', () => {
    const { width, height, data } = mapToRgb(map);
    expect([width, height, ...data]).toEqual([2, 1, 0, 128, 255, 255, 0, 0]);
  });

  it('enlarges smoothly', () => {
    const { width, height, data } = mapToRgb(map, { width: 4, height: 2 });
    expect([width, height]).toEqual([4, 2]);
    expect([...data].filter((_, i) => i % 3 === 0)).toEqual([0, 64, 191, 255, 0, 64, 191, 255]);
  });

  it.each([[[1, 3, 1, 2]], [[2, 3]], [[6, 1, 1]]])('refuses the shape %j', (shape) => {
    expect(() => mapToRgb({ ...map, shape })).toThrow(/three planes \[3, H, W\]/u);
  });
});

import { describe, expect, it } from 'vitest';
import { classToken } from '../../src/features/class-token.js';
import { featureGolden, float16, float32, type GoldenTensor } from './feature-golden.js';

const golden = featureGolden('pooling') as { tokens: GoldenTensor; classToken: number[] };
const tokens = { ...float32(golden.tokens), layout: 'NLC' as const };

describe('classToken', () => {
  it("is timm's pool type token", () => {
    const { shape, data } = classToken(tokens);
    expect(shape).toEqual([2, 4]);
    expect([...data]).toEqual([...Float32Array.from(golden.classToken)]);
  });

  it('takes another token by its index', () => {
    expect(classToken(tokens, { index: 4 }).row(1)).toEqual(tokens.data.slice(36));
  });

  it('reads tokens with the channels in front', () => {
    const data = Float32Array.of(1, 2, 3, 10, 20, 30);
    const front = { dtype: 'float32', shape: [1, 2, 3], layout: 'NCL', data } as const;
    expect([...classToken(front, { index: 1 }).data]).toEqual([2, 20]);
  });

  it('reads float16', () => {
    const half = { ...float16(golden.tokens), layout: 'NLC' as const };
    const { data } = classToken(half);
    golden.classToken.forEach((value, i) => expect(data[i]).toBeCloseTo(value, 2));
  });

  it('gives nothing for an empty batch', () => {
    const empty = { ...tokens, shape: [0, 5, 4], data: new Float32Array(0) };
    expect(classToken(empty).shape).toEqual([0, 4]);
  });

  it.each<[string, object, object, RegExp]>([
    ['a map', { shape: [2, 5, 2, 2], layout: 'NCHW' }, {}, /got NCHW \[2, 5, 2, 2\]/u],
    ['a token that is not there', {}, { index: 5 }, /token 5, got 5 tokens/u],
    ['another number of elements', { shape: [2, 5, 5] }, {}, /50 elements.*got 40/u],
  ])('refuses %s', (_, change, options, message) => {
    const take = () => classToken({ ...tokens, ...change }, options);
    expect(take).toThrow(message);
    expect(take).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });

  it.each([{ index: -1 }, { token: 0 }])('refuses the options %j', (options) => {
    const take = () => classToken(tokens, options);
    expect(take).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});

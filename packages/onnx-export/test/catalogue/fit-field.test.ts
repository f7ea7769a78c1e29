import type { Adapter, Layout } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { fitStage, fitUnpooled, fitVector, sampleShape } from '../../src/catalogue/fit-field.js';
import { anchors, contextOf, CNN, field, TOKENS } from './small-networks.js';

type Scale = readonly [number, number];

const SAME: Scale = [1, 1];

interface Fits {
  readonly what: string;
  readonly sample: number[];
  readonly entry: number[];
  readonly scale?: Scale;
  readonly adapter: Adapter | null;
  readonly shape: number[];
}

const STAGE: readonly Fits[] = [
  { what: 'a map', sample: [64, 7, 9], entry: [64, 7, 9], adapter: null, shape: [64, 7, 9] },
  {
    what: 'a map with the channels last',
    sample: [7, 9, 64],
    entry: [64, 7, 9],
    adapter: { kind: 'nhwc-to-nchw' },
    shape: [64, 7, 9],
  },
  {
    what: 'a map of as many channels as positions, which stays as it is',
    sample: [7, 7, 7],
    entry: [7, 7, 7],
    adapter: null,
    shape: [7, 7, 7],
  },
  {
    what: 'tokens',
    sample: [63, 64],
    entry: [64, 7, 9],
    adapter: { kind: 'tokens-to-map', prefixTokens: 0, size: [7, 9] },
    shape: [64, 7, 9],
  },
  {
    what: 'tokens with five in front',
    sample: [68, 64],
    entry: [64, 7, 9],
    adapter: { kind: 'tokens-to-map', prefixTokens: 5, size: [7, 9] },
    shape: [64, 7, 9],
  },
  {
    what: 'tokens with as many in front as are believed',
    sample: [79, 64],
    entry: [64, 7, 9],
    adapter: { kind: 'tokens-to-map', prefixTokens: 16, size: [7, 9] },
    shape: [64, 7, 9],
  },
  {
    what: 'tokens with the channels first',
    sample: [64, 63],
    entry: [64, 7, 9],
    adapter: { kind: 'channels-first-tokens-to-map', size: [7, 9] },
    shape: [64, 7, 9],
  },
  {
    what: 'a map at another input size',
    sample: [64, 8, 24],
    entry: [64, 4, 8],
    scale: [2, 3],
    adapter: null,
    shape: [64, 8, 24],
  },
  {
    what: 'a channels-last map at another input size',
    sample: [8, 24, 64],
    entry: [64, 4, 8],
    scale: [2, 3],
    adapter: { kind: 'nhwc-to-nchw' },
    shape: [64, 8, 24],
  },
  {
    what: 'tokens at another input size, one in front',
    sample: [8 * 24 + 1, 64],
    entry: [64, 4, 8],
    scale: [2, 3],
    adapter: { kind: 'tokens-to-map', prefixTokens: 1, size: [8, 24] },
    shape: [64, 8, 24],
  },
  {
    what: 'a map whose sides were rounded the other way',
    sample: [64, 8, 6],
    entry: [64, 7, 7],
    adapter: null,
    shape: [64, 8, 6],
  },
];

describe('fitStage', () => {
  it.each(STAGE)('takes $what', ({ sample, entry, scale = SAME, adapter, shape }) => {
    expect(fitStage(sample, entry, scale)).toEqual({ adapter, shape });
  });

  it.each<[string, number[], number[], Scale]>([
    ['other channels', [65, 7, 9], [64, 7, 9], SAME],
    ['sides that are off by two', [64, 9, 9], [64, 7, 9], SAME],
    ['height and width exchanged', [64, 4, 8], [64, 8, 4], SAME],
    ['the map of the original size at another size', [64, 4, 8], [64, 4, 8], [2, 3]],
    ['scales exchanged', [64, 12, 16], [64, 4, 8], [2, 3]],
    ['one token too few', [62, 64], [64, 7, 9], SAME],
    ['too many tokens in front', [80, 64], [64, 7, 9], SAME],
    ['channels-first tokens with more positions', [64, 64], [65, 8, 8], SAME],
    ['a vector', [64], [64, 1, 1], SAME],
    ['four axes', [64, 7, 9, 1], [64, 7, 9], SAME],
    ['nothing', [], [64, 7, 9], SAME],
  ])('refuses %s', (_what, sample, entry, scale) => {
    expect(fitStage(sample, entry, scale)).toBeNull();
  });
});

interface UnpooledFits extends Fits {
  readonly layout: Layout;
}

const UNPOOLED: readonly UnpooledFits[] = [
  {
    what: 'a map',
    layout: 'NCHW',
    sample: [64, 7, 9],
    entry: [64, 7, 9],
    adapter: null,
    shape: [64, 7, 9],
  },
  {
    what: 'a channels-last map for a map',
    layout: 'NCHW',
    sample: [7, 9, 64],
    entry: [64, 7, 9],
    adapter: { kind: 'nhwc-to-nchw' },
    shape: [64, 7, 9],
  },
  {
    what: 'a map at another input size, off by one',
    layout: 'NCHW',
    sample: [64, 9, 23],
    entry: [64, 4, 8],
    scale: [2, 3],
    adapter: null,
    shape: [64, 9, 23],
  },
  {
    what: 'a channels-last map',
    layout: 'NHWC',
    sample: [7, 9, 64],
    entry: [7, 9, 64],
    adapter: null,
    shape: [7, 9, 64],
  },
  {
    what: 'a map for a channels-last one',
    layout: 'NHWC',
    sample: [64, 7, 9],
    entry: [7, 9, 64],
    adapter: { kind: 'nchw-to-nhwc' },
    shape: [7, 9, 64],
  },
  {
    what: 'a channels-last map at another input size',
    layout: 'NHWC',
    sample: [8, 24, 64],
    entry: [4, 8, 64],
    scale: [2, 3],
    adapter: null,
    shape: [8, 24, 64],
  },
  {
    what: 'tokens for a channels-last map',
    layout: 'NHWC',
    sample: [63, 64],
    entry: [7, 9, 64],
    adapter: { kind: 'rearrange', steps: [{ reshape: [7, 9, 64] }] },
    shape: [7, 9, 64],
  },
  {
    what: 'tokens for a map, at another input size',
    layout: 'NCHW',
    sample: [192, 64],
    entry: [64, 4, 8],
    scale: [2, 3],
    adapter: { kind: 'tokens-to-map', prefixTokens: 0, size: [8, 24] },
    shape: [64, 8, 24],
  },
  {
    what: 'a channels-last map for tokens',
    layout: 'NLC',
    sample: [7, 9, 64],
    entry: [63, 64],
    adapter: { kind: 'rearrange', steps: [{ reshape: [63, 64] }] },
    shape: [63, 64],
  },
  {
    what: 'tokens',
    layout: 'NLC',
    sample: [197, 64],
    entry: [197, 64],
    adapter: null,
    shape: [197, 64],
  },
  {
    what: 'tokens with the channels first',
    layout: 'NLC',
    sample: [64, 197],
    entry: [197, 64],
    adapter: { kind: 'swap-tokens' },
    shape: [197, 64],
  },
  {
    what: 'any number of tokens at another input size',
    layout: 'NLC',
    sample: [577, 64],
    entry: [197, 64],
    scale: [2, 2],
    adapter: null,
    shape: [577, 64],
  },
  {
    what: 'channels-first tokens',
    layout: 'NCL',
    sample: [64, 49],
    entry: [64, 49],
    adapter: null,
    shape: [64, 49],
  },
  {
    what: 'tokens for channels-first ones',
    layout: 'NCL',
    sample: [49, 64],
    entry: [64, 49],
    adapter: { kind: 'swap-tokens' },
    shape: [64, 49],
  },
  {
    what: 'a map for channels-first tokens',
    layout: 'NCL',
    sample: [64, 7, 7],
    entry: [64, 49],
    adapter: { kind: 'map-to-tokens' },
    shape: [64, 49],
  },
];

describe('fitUnpooled', () => {
  it.each(UNPOOLED)(
    '$layout: takes $what',
    ({ layout, sample, entry, scale = SAME, adapter, shape }) => {
      const known = field(anchors('norm'), entry, { layout });
      expect(fitUnpooled(sample, known, scale)).toEqual({ adapter, shape });
    },
  );

  it.each<[string, Layout, number[], number[], Scale]>([
    ['other channels', 'NCHW', [65, 7, 7], [64, 7, 7], SAME],
    ['sides off by two', 'NCHW', [64, 9, 7], [64, 7, 7], SAME],
    ['another number of tokens at the same size', 'NLC', [198, 64], [197, 64], SAME],
    ['tokens of other channels at another size', 'NLC', [577, 65], [197, 64], [2, 2]],
    ['more tokens than a map has positions', 'NCHW', [50, 64], [64, 7, 7], SAME],
    ['fewer tokens than a channels-last map', 'NHWC', [48, 64], [7, 7, 64], SAME],
    ['a map for tokens', 'NLC', [64, 7, 7], [49, 64], SAME],
    ['a channels-last map for channels-first tokens', 'NCL', [7, 7, 64], [64, 49], SAME],
    ['a vector', 'NLC', [64], [49, 64], SAME],
    ['sides exchanged', 'NHWC', [9, 4, 64], [4, 9, 64], SAME],
  ])('refuses %s', (_what, layout, sample, entry, scale) => {
    expect(fitUnpooled(sample, field(anchors('norm'), entry, { layout }), scale)).toBeNull();
  });
});

describe('fitVector', () => {
  it.each<[number[], number, Adapter | null]>([
    [[64], 64, null],
    [[64, 1, 1], 64, { kind: 'flatten' }],
    [[1, 64], 64, { kind: 'flatten' }],
    [[1, 1, 64], 64, { kind: 'flatten' }],
    [[1], 1, null],
    [[1, 1, 1], 1, { kind: 'flatten' }],
  ])('takes %j for a vector of %i', (sample, width, adapter) => {
    expect(fitVector(sample, width)).toEqual({ adapter, shape: [width] });
  });

  it.each([
    [[65], 64],
    [[64, 2], 64],
    [[8, 8], 64],
    [[1, 1], 64],
    [[64, 1], 1],
  ])('refuses %j for a vector of %i', (sample, width) => {
    expect(fitVector(sample, width)).toBeNull();
  });
});

describe('sampleShape', () => {
  it('leaves the batch out', async () => {
    const context = await contextOf(CNN);
    expect(sampleShape(context, 'l2')).toEqual([16, 8, 8]);
    expect(sampleShape(context, 'flat')).toEqual([16]);
  });

  it('is null for weights, constants and values that are not there', async () => {
    const context = await contextOf(TOKENS);
    for (const value of ['w0', 'to_tokens', 'i0', 'nowhere']) {
      expect(sampleShape(context, value), value).toBeNull();
    }
  });
});

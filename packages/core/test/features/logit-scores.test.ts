import { describe, expect, it } from 'vitest';
import { energyScore } from '../../src/features/energy-score.js';
import { maxLogitScore } from '../../src/features/max-logit-score.js';
import { maxSoftmaxScore } from '../../src/features/max-softmax-score.js';
import {
  expectClose,
  featureGolden,
  float16,
  float32,
  vectors,
  type GoldenTensor,
} from './feature-golden.js';

const golden = featureGolden('logits') as {
  logits: GoldenTensor;
  energy: { temperature: number; scores: number[] }[];
  maxLogit: number[];
  maxSoftmax: number[];
};
const logits = float32(golden.logits);

describe('energyScore', () => {
  it.each(golden.energy)('is what torch computes at $temperature', ({ temperature, scores }) => {
    expectClose(energyScore(logits, { temperature }), scores, 1e-12);
  });

  it('has temperature 1 by default', () => {
    expect(energyScore(logits)).toEqual(energyScore(logits, { temperature: 1 }));
  });

  it.each([{ temperature: 0 }, { temperature: -1 }, { t: 1 }])(
    'refuses the options %j',
    (options) => {
      const score = () => energyScore(logits, options);
      expect(score).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    },
  );
});

describe('maxLogitScore', () => {
  it('is the largest logit', () => {
    expect([...maxLogitScore(logits)]).toEqual([...Float32Array.from(golden.maxLogit)]);
  });
});

describe('maxSoftmaxScore', () => {
  it('is what torch computes', () => {
    expectClose(maxSoftmaxScore(logits), golden.maxSoftmax, 1e-12);
  });
});

describe.each([
  ['energyScore', energyScore],
  ['maxLogitScore', maxLogitScore],
  ['maxSoftmaxScore', maxSoftmaxScore],
] as const)('%s', (_, score: (tensor: typeof logits) => Float64Array) => {
  it('is higher for a confident answer', () => {
    const [sure = 0, unsure = 0] = score(vectors([9, 0, 0], [1, 0.9, 0.8]));
    expect(sure).toBeGreaterThan(unsure);
  });

  it('scores nothing of an empty batch', () => {
    expect(score({ ...logits, shape: [0, 6], data: new Float32Array(0) })).toHaveLength(0);
  });

  it('leaves out classes at minus infinity', () => {
    const [ruledOut, without] = [vectors([2, -Infinity, 1]), vectors([2, 1])];
    expect(score(ruledOut)).toEqual(score(without));
  });

  it.each([
    ['NaN', [0, Number.NaN], /got NaN in row 1/u],
    ['infinity', [0, Number.POSITIVE_INFINITY], /got Infinity in row 1/u],
    ['nothing finite', [-Infinity, -Infinity], /got -Infinity in row 1/u],
  ])('refuses %s', (_name, row, message) => {
    expect(() => score(vectors([1, 2], row))).toThrow(message);
  });

  it('refuses what is no list of vectors', () => {
    const refused = () => score({ ...logits, shape: [24] });
    expect(refused).toThrow(/\[N, D\] as the logits, got \[24\]/u);
    expect(refused).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});

it('float16 logits are read', () => {
  expectClose(energyScore(float16({ shape: [1, 2], data: [0, 0] })), [Math.LN2], 1e-12);
});

import { describe, expect, it } from 'vitest';
import { fitMahalanobis } from '../../src/features/fit-mahalanobis.js';
import {
  expectClose,
  featureGolden,
  float16,
  float32,
  vectors,
  type GoldenTensor,
} from './feature-golden.js';

const golden = featureGolden('mahalanobis') as {
  labels: number[];
  train: GoldenTensor[];
  test: GoldenTensor[];
  cases: { stages: number[]; shrinkage: number; scores: number[] }[];
};
const { labels } = golden;
const train = golden.train.map(float32);
const test = golden.test.map(float32);

describe('fitMahalanobis', () => {
  it.each(golden.cases)(
    'is what numpy computes for stages $stages, shrinkage $shrinkage',
    ({ stages, shrinkage, scores }) => {
      const scorer = fitMahalanobis(
        stages.map((i) => train[i]!),
        labels,
        { shrinkage },
      );
      expectClose(scorer.score(stages.map((i) => test[i]!)), scores, 1e-9);
    },
  );

  it('shrinks by a tenth by default, and knows what it was fitted on', () => {
    const scorer = fitMahalanobis(train, labels);
    const tenth = fitMahalanobis(train, labels, { shrinkage: 0.1 });
    expect(scorer.score(test)).toEqual(tenth.score(test));
    expect(scorer.classes).toEqual([4, 7, 9]);
    expect(scorer.widths).toEqual([3, 20]);
  });

  it('is higher near a class mean than far from all', () => {
    const scorer = fitMahalanobis([vectors([0, 0], [2, 1], [9, 9], [11, 8])], [0, 0, 1, 1]);
    const [near = 0, far = 0] = scorer.score([vectors([10, 8.5], [30, -30])]);
    expect(near).toBeCloseTo(0, 9);
    expect(far).toBeLessThan(-10);
  });

  it('reads float16, and scores nothing of an empty batch', () => {
    const { scores, shrinkage } = golden.cases[1]!;
    const scorer = fitMahalanobis([float16(golden.train[0]!)], labels, { shrinkage });
    expectClose(scorer.score([float16(golden.test[0]!)]), scores, 1e-2);
    expect(scorer.score([{ ...test[0]!, shape: [0, 3], data: new Float32Array(0) }])).toHaveLength(
      0,
    );
  });

  it.each<[string, () => unknown, string, RegExp]>([
    ['no stages', () => fitMahalanobis([], []), 'INPUT_INVALID', /at least one stage, got 0/u],
    [
      'no images',
      () => fitMahalanobis([{ ...train[0]!, shape: [0, 3], data: new Float32Array(0) }], []),
      'INPUT_INVALID',
      /at least one image/u,
    ],
    [
      'another number of labels',
      () => fitMahalanobis(train, [1, 2]),
      'INPUT_INVALID',
      /each of 14 images.*got 2 labels/u,
    ],
    [
      'labels that are no integers',
      () =>
        fitMahalanobis(
          train,
          labels.map((label) => label / 2),
        ),
      'INPUT_INVALID',
      /integer label/u,
    ],
    [
      'stages of other images',
      () => fitMahalanobis([train[0]!, vectors([1, 2])], labels),
      'INPUT_INVALID',
      /same 14 images, got 1 as features 1/u,
    ],
    [
      'NaN',
      () => fitMahalanobis([vectors([Number.NaN])], [0]),
      'INPUT_INVALID',
      /finite numbers in features 0/u,
    ],
    [
      'fewer images than values without shrinkage',
      () => fitMahalanobis([train[1]!], labels, { shrinkage: 0 }),
      'INPUT_INVALID',
      /covariance has an inverse.*14 images and 20 values/u,
    ],
    [
      'values that say the same, without shrinkage',
      () =>
        fitMahalanobis([vectors([1, 1], [2, 2], [4, 4], [0, 0])], [0, 0, 0, 0], { shrinkage: 0 }),
      'INPUT_INVALID',
      /covariance has an inverse/u,
    ],
    [
      'one image a class',
      () => fitMahalanobis([vectors([1, 2], [3, 4])], [0, 1]),
      'INPUT_INVALID',
      /more images a class/u,
    ],
    [
      'fewer stages to score',
      () => fitMahalanobis(train, labels).score([test[0]!]),
      'INPUT_INVALID',
      /of 2 stages, got 1/u,
    ],
    [
      'stages in another order',
      () => fitMahalanobis(train, labels).score([...test].reverse()),
      'INPUT_INVALID',
      /3 values as features 0, got 20/u,
    ],
    [
      'a shrinkage above 1',
      () => fitMahalanobis(train, labels, { shrinkage: 2 }),
      'OPTION_INVALID',
      /shrinkage: /u,
    ],
    [
      'unknown options',
      () => fitMahalanobis(train, labels, { shrink: 1 } as object),
      'OPTION_INVALID',
      /known options are shrinkage/u,
    ],
  ])('refuses %s', (_, run, code, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});

import { describe, expectTypeOf, it } from 'vitest';
import {
  classToken,
  concatFeatures,
  contactSheet,
  cosineSimilarity,
  dotSimilarity,
  energyScore,
  fitMahalanobis,
  fitNearest,
  l2Normalize,
  pcaMap,
  poolStage,
  toJSON,
  type FeatureOutput,
  type FeatureVectors,
  type JsonRecord,
  type JsonTensor,
  type SpecOf,
} from '../../src/index.js';
import type { tiny } from '../fixtures/constants/tiny.js';

declare const exact: FeatureOutput<SpecOf<typeof tiny>>;
declare const any: Required<FeatureOutput>;

describe('functions on features', () => {
  it('take the fields of exact and of any records', () => {
    for (const stages of [exact.stages, any.stages]) {
      const pooled = stages.map((stage) => poolStage(stage, { kind: 'avg' }));
      expectTypeOf(pooled).toEqualTypeOf<FeatureVectors[]>();
      expectTypeOf(concatFeatures(pooled)).toEqualTypeOf<FeatureVectors>();
      fitMahalanobis(pooled, [0]).score(pooled);
      contactSheet({ stages });
      pcaMap(stages[0]!);
    }
    expectTypeOf(cosineSimilarity(exact.pooled, any.pooled)).toEqualTypeOf<FeatureVectors>();
    expectTypeOf(energyScore(exact.logits)).toEqualTypeOf<Float64Array>();
    fitNearest(exact.pooled).score(any.pooled, { k: 1 });
    for (const branch of [any.unpooled].flat()) classToken(branch);
  });

  it('take dot products of normalised vectors alone', () => {
    dotSimilarity(l2Normalize(exact.pooled), l2Normalize(any.pooled));
    // @ts-expect-error -- raw vectors have other lengths
    dotSimilarity(exact.pooled, l2Normalize(any.pooled));
    // @ts-expect-error -- sums of normalised vectors have another length
    dotSimilarity(concatFeatures([l2Normalize(exact.pooled)]), l2Normalize(any.pooled));
  });

  it('describe records and tensors', () => {
    expectTypeOf(toJSON(exact)).toEqualTypeOf<JsonRecord>();
    expectTypeOf(toJSON(any)).toEqualTypeOf<JsonRecord>();
    expectTypeOf(toJSON(exact.pooled)).toEqualTypeOf<JsonTensor>();
  });

  it('know the options of each kind of pooling', () => {
    poolStage(exact.stages[0], { kind: 'gem', p: 4 });
    // @ts-expect-error -- an exponent means nothing to a mean
    poolStage(exact.stages[0], { kind: 'avg', p: 4 });
    // @ts-expect-error -- there is no default
    poolStage(exact.stages[0], {});
  });
});

import { describe, expectTypeOf, it } from 'vitest';
import type {
  Extractor,
  FeatureOutput,
  FeaturetapError,
  RecordSpec,
  SelectedOutput,
  StreamFailure,
  StreamRecord,
  StreamResult,
  Tensor,
  WithExtras,
} from '../src/index.js';

declare const extractor: Extractor;
declare const paths: readonly string[];
declare const tensors: AsyncIterable<Tensor>;

describe('the type of a stream', () => {
  it('follows from the items and the options', () => {
    expectTypeOf(extractor.stream(paths)).toEqualTypeOf<
      AsyncIterableIterator<StreamResult<string, FeatureOutput>>
    >();
    expectTypeOf(extractor.stream(tensors, { batchSize: 4, fields: ['pooled'] })).toEqualTypeOf<
      AsyncIterableIterator<StreamResult<Tensor, SelectedOutput<RecordSpec, 'pooled'>>>
    >();
    expectTypeOf(extractor.stream(paths, { extras: true })).toEqualTypeOf<
      AsyncIterableIterator<StreamResult<string, FeatureOutput & WithExtras>>
    >();
  });

  it('is narrowed by the error', () => {
    const result = {} as StreamResult<string, FeatureOutput>;
    if (result.error === undefined) {
      expectTypeOf(result).toEqualTypeOf<StreamRecord<string, FeatureOutput>>();
    } else {
      expectTypeOf(result).toEqualTypeOf<StreamFailure<string>>();
      expectTypeOf(result.error).toEqualTypeOf<FeaturetapError>();
    }
  });

  it('refuses what is no input and unknown options', () => {
    // @ts-expect-error numbers are no images
    extractor.stream([1, 2]);
    // @ts-expect-error an unknown option
    extractor.stream(paths, { batch: 4 });
    // @ts-expect-error an unknown field
    extractor.stream(paths, { fields: ['pool'] });
  });
});

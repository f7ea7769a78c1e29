import type { WithExtras } from '../record/extra-outputs.js';
import type {
  FeatureOutput,
  FieldOf,
  RecordFields,
  SelectedOutput,
} from '../record/feature-output.js';
import type { RecordSpec } from '../record/record-spec.js';
import type { ExtractorInput } from './plan-batch.js';
import type { StreamOptions, StreamOptionsWithout, StreamResult } from './stream-options.js';

/** Where a stream reads its items: a list, a generator, a readable stream of paths. */
export type StreamSource<I extends ExtractorInput = ExtractorInput> =
  Iterable<I> | AsyncIterable<I>;

/** The method `stream` of an extractor: what comes back follows from the options. */
export interface StreamMethod<S extends RecordSpec = RecordSpec> {
  /** Runs every item and gives whole records. */
  <I extends ExtractorInput>(
    items: StreamSource<I>,
    options?: StreamOptionsWithout<'fields' | 'extras'>,
  ): AsyncIterableIterator<StreamResult<I, FeatureOutput<S>>>;
  /** Runs every item and gives records with extra outputs. */
  <I extends ExtractorInput>(
    items: StreamSource<I>,
    options: StreamOptionsWithout<'fields'> & Required<Pick<StreamOptions, 'extras'>>,
  ): AsyncIterableIterator<StreamResult<I, FeatureOutput<S> & WithExtras>>;
  /** Runs every item and gives the named fields only, all of them for certain. */
  <I extends ExtractorInput, const F extends FieldOf<S>>(
    items: StreamSource<I>,
    options: StreamOptionsWithout<'extras'> & Required<Pick<StreamOptions<F>, 'fields'>>,
  ): AsyncIterableIterator<StreamResult<I, SelectedOutput<S, F>>>;
  /** Runs every item and gives the named fields with extra outputs. */
  <I extends ExtractorInput, const F extends FieldOf<S>>(
    items: StreamSource<I>,
    options: Omit<StreamOptions, 'fields' | 'extras'> &
      Required<Pick<StreamOptions<F>, 'fields' | 'extras'>>,
  ): AsyncIterableIterator<StreamResult<I, SelectedOutput<S, F> & WithExtras>>;
  /** Runs every item; what comes back is known only when it runs. */
  <I extends ExtractorInput>(
    items: StreamSource<I>,
    options?: StreamOptions<FieldOf<S>>,
  ): AsyncIterableIterator<StreamResult<I, Partial<RecordFields<S> & WithExtras>>>;
}

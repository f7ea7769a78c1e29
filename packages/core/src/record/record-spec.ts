import type { Dim, Layout } from '../spec/layout.js';

/** What is known of one tensor of a record before the model runs. */
export interface FieldSpec {
  /** Element type. */
  readonly dtype: 'float32' | 'float16';
  /** Size of each axis, or the name of a size that only a run tells. */
  readonly shape: readonly Dim[];
  /** Meaning of the axes. */
  readonly layout: Layout;
}

/** What is known of a stage before the model runs. */
export interface StageSpec extends FieldSpec {
  /** Input pixels per position; left out where the network does not tell. */
  readonly reduction?: number | undefined;
}

/** Stands for a field that a file does not have. */
export interface AbsentSpec {
  /** Always null: there is no such value in the graph. */
  readonly value: null;
}

/**
 * What is known of a record before the model runs; `Manifest['record']` is one.
 *
 * The default of every generic here: any tapped file. A manifest written as a constant (`as const`)
 * makes the types of its records exact.
 */
export interface RecordSpec {
  /** Stages, low to high level; empty when the file has none. */
  readonly stages: readonly StageSpec[];
  /** Last features before pooling; a list for networks with several branches. */
  readonly unpooled: FieldSpec | AbsentSpec | readonly FieldSpec[];
  /** The vector that enters the classifier. */
  readonly pooled: FieldSpec | AbsentSpec;
  /** Classifier output. */
  readonly logits: FieldSpec | AbsentSpec;
}

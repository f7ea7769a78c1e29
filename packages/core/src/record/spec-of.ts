import type { ManifestConstant } from '../spec/manifest-constant.js';
import type { AbsentSpec, FieldSpec, RecordSpec, StageSpec } from './record-spec.js';

/** What of an output tells the type of its tensor; names, adapters and evidence are left aside. */
export interface OutputSpec<F extends FieldSpec> {
  /** Element type. */
  readonly dtype: F['dtype'];
  /** Size of each axis, or its name. */
  readonly shape: F['shape'];
  /** Meaning of the axes. */
  readonly layout: F['layout'];
}

/** The specs of a list of outputs; a tuple stays one. */
export type OutputSpecs<T extends readonly FieldSpec[]> = {
  readonly [K in keyof T]: T[K] extends FieldSpec ? OutputSpec<T[K]> : never;
};

/** The specs of stages; a tuple stays one. */
export type StageSpecs<T extends readonly StageSpec[]> = {
  readonly [K in keyof T]: T[K] extends StageSpec
    ? OutputSpec<T[K]> & Pick<T[K], 'reduction' & keyof T[K]>
    : never;
};

/** The spec of a field: of its output, of a list of them, or of none. */
export type SpecOfField<F> = F extends readonly FieldSpec[]
  ? OutputSpecs<F>
  : F extends FieldSpec
    ? OutputSpec<F>
    : AbsentSpec;

/** The spec of a field that is never a list. */
export type SpecOfOne<F> = F extends FieldSpec ? OutputSpec<F> : AbsentSpec;

/**
 * What is known of the records of a manifest before the model runs, as {@link RecordSpec} has it.
 *
 * @typeParam M - type of a manifest constant; `Manifest` itself gives what any file can have.
 */
export interface SpecOf<M extends ManifestConstant> extends RecordSpec {
  /** Stages, low to high level. */
  readonly stages: StageSpecs<M['record']['stages']>;
  /** Last features before pooling; a tuple for networks with several branches. */
  readonly unpooled: SpecOfField<M['record']['unpooled']>;
  /** The vector that enters the classifier. */
  readonly pooled: SpecOfOne<M['record']['pooled']>;
  /** Classifier output. */
  readonly logits: SpecOfOne<M['record']['logits']>;
}

import type { FieldName } from '../spec/manifest.js';
import type { FeatureTensor, StageTensor } from './feature-tensor.js';
import type { AbsentSpec, FieldSpec, RecordSpec, StageSpec } from './record-spec.js';

/** Tensors of a field: one, or a tuple of them for a list of specs. */
export type TensorsOf<F> = F extends readonly FieldSpec[]
  ? { readonly [K in keyof F]: FeatureTensor<Extract<F[K], FieldSpec>> }
  : F extends FieldSpec
    ? FeatureTensor<F>
    : never;

/** Tensors of stages: a tuple of them for a tuple of specs. */
export type StagesOf<T extends readonly StageSpec[]> = {
  readonly [K in keyof T]: StageTensor<Extract<T[K], StageSpec>>;
};

/** Every field that a record can have. */
export interface RecordFields<S extends RecordSpec = RecordSpec> {
  /**
   * Feature maps [N, C, H, W], or vectors [N, C] where the file reduces them, low to high level;
   * empty when the file has none.
   */
  readonly stages: StagesOf<S['stages']>;
  /**
   * The last features before pooling or token selection, in the network's own layout; a list for
   * networks with several branches.
   */
  readonly unpooled: TensorsOf<S['unpooled']>;
  /** The vector [N, D] that enters the classifier. */
  readonly pooled: TensorsOf<S['pooled']>;
  /** Classifier output [N, classes]. */
  readonly logits: TensorsOf<S['logits']>;
}

/** Fields that a record of `S` certainly has. */
export type RequiredField<S extends RecordSpec> = {
  [K in FieldName]: [Extract<S[K], AbsentSpec>] extends [never] ? K : never;
}[FieldName];

/** Fields that a record of `S` can have, and that a run can be asked for: not stages of no length. */
export type FieldOf<S extends RecordSpec> = {
  [K in FieldName]: [Exclude<S[K], AbsentSpec | readonly []>] extends [never] ? never : K;
}[FieldName];

/**
 * The record of one run: everything that the file offers, from the same forward pass.
 *
 * A field that the file lacks is not a key. Where the type cannot know that (no manifest constant),
 * `unpooled`, `pooled` and `logits` are optional; ask for fields by name to have them for certain.
 */
export type FeatureOutput<S extends RecordSpec = RecordSpec> = Pick<
  RecordFields<S>,
  RequiredField<S>
> &
  Partial<Pick<RecordFields<S>, Exclude<FieldOf<S>, RequiredField<S>>>>;

/** The record of a run that was asked for the fields `F` only. */
export type SelectedOutput<S extends RecordSpec, F extends FieldName> = Pick<RecordFields<S>, F>;

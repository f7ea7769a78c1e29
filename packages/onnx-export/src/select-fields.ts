import { FeaturetapError, type FieldName } from '@featuretap/core/spec';
import { absent, type RecordPlan } from './taps/plan.js';

/** Which parts of the record to expose. */
export interface FieldSelection {
  /** Fields to expose; all by default. A field that is named and cannot be had is an error. */
  readonly fields?: readonly FieldName[];
  /** Stages to expose, counted from 0; negative numbers count from the end. All by default. */
  readonly stages?: readonly number[];
}

const NOT_ASKED = 'the field was not asked for';

function selectStages(
  plan: RecordPlan,
  wanted: readonly number[] | undefined,
): RecordPlan['stages'] {
  if (wanted === undefined) return plan.stages;
  const count = plan.stages.length;
  const indices = wanted.map((index) => (index < 0 ? index + count : index));
  return [...new Set(indices)]
    .sort((a, b) => a - b)
    .map((index) => {
      const stage = plan.stages[index];
      if (stage !== undefined) return stage;
      throw new FeaturetapError(
        'TAP_NOT_FOUND',
        `Expected stages between ${-count} and ${count - 1}, got ${wanted.join(', ')}. ` +
          'List the stages with: featuretap inspect MODEL',
      );
    });
}

/**
 * Reduces a plan to the fields and stages asked for.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` when a field that was named cannot be had.
 */
export function selectFields(plan: RecordPlan, selection: FieldSelection): RecordPlan {
  const { fields } = selection;
  const explicit = (name: FieldName): boolean => fields?.includes(name) ?? false;
  const wants = (name: FieldName): boolean => fields === undefined || explicit(name);
  const single = <T extends RecordPlan['unpooled']>(name: FieldName, field: T): T => {
    if ('reason' in field && explicit(name)) {
      throw new FeaturetapError('TAP_NOT_FOUND', `Expected to find ${name}, but ${field.reason}.`);
    }
    return field;
  };
  if (plan.stages.length === 0 && explicit('stages')) {
    const reason = plan.stagesReason ?? 'the network has none';
    throw new FeaturetapError('TAP_NOT_FOUND', `Expected to find stages, but ${reason}.`);
  }
  const stages = wants('stages')
    ? { ...plan, stages: selectStages(plan, selection.stages) }
    : { ...plan, stages: [], stagesReason: NOT_ASKED };
  return {
    ...stages,
    unpooled: wants('unpooled') ? single('unpooled', plan.unpooled) : absent(NOT_ASKED),
    pooled: wants('pooled') ? single('pooled', plan.pooled) : absent(NOT_ASKED),
    logits: wants('logits') ? single('logits', plan.logits) : absent(NOT_ASKED),
  };
}

import { FeaturetapError, type FieldName } from '@featuretap/core/spec';
import { absent, isFound, type FieldPlan, type RecordPlan } from './taps/plan.js';

/** Which parts of the record to expose. */
export interface FieldSelection {
  /** Fields to expose; all by default. A field that is named and cannot be had is an error. */
  readonly fields?: readonly FieldName[];
  /** Stages to expose, counted from 0; negative numbers count from the end. All by default. */
  readonly stages?: readonly number[];
}

const NOT_ASKED = 'the field was not asked for';

/** A stage that will be exposed, with its number in the network. */
interface SelectedStage {
  /** The stage. */
  readonly plan: FieldPlan;
  /** Its number, from 0. */
  readonly index: number;
}

/** The parts of a plan that will be exposed. */
export interface Selection extends Omit<RecordPlan, 'stages'> {
  /** Stages, low to high level. */
  readonly stages: readonly SelectedStage[];
}

function wantedIndices(count: number, wanted: readonly number[]): number[] {
  const indices = wanted.map((index) => (index < 0 ? index + count : index));
  if (indices.every((index) => Number.isInteger(index) && index >= 0 && index < count)) {
    return [...new Set(indices)].sort((a, b) => a - b);
  }
  throw new FeaturetapError(
    'TAP_NOT_FOUND',
    `Expected stages between ${-count} and ${count - 1}, got ${wanted.join(', ')}. ` +
      'List the stages with: featuretap inspect MODEL',
  );
}

/** Why stages are missing, each reason once. */
function describeMissing(missing: ReadonlyMap<string, readonly number[]>): string {
  return [...missing]
    .map(
      ([reason, indices]) =>
        `stage${indices.length > 1 ? 's' : ''} ${indices.join(', ')}: ${reason}`,
    )
    .join('; ');
}

/** Stages that can be had; one that was asked for by number and cannot be is an error. */
function selectStages(
  { stages, stagesReason }: RecordPlan,
  wanted: readonly number[] | undefined,
): Pick<Selection, 'stages' | 'stagesReason'> {
  const indices = wanted === undefined ? stages.keys() : wantedIndices(stages.length, wanted);
  const selected: SelectedStage[] = [];
  const missing = new Map<string, number[]>();
  for (const index of indices) {
    const plan = stages[index];
    if (plan === undefined) continue;
    if (isFound(plan)) selected.push({ plan, index });
    else if (wanted === undefined) {
      missing.set(plan.reason, [...(missing.get(plan.reason) ?? []), index]);
    } else {
      const reason = `Expected to find stage ${index}, but ${plan.reason}.`;
      throw new FeaturetapError('TAP_NOT_FOUND', reason);
    }
  }
  const reason = missing.size > 0 ? describeMissing(missing) : stagesReason;
  return { stages: selected, ...(reason === undefined ? {} : { stagesReason: reason }) };
}

/**
 * Reduces a plan to the fields and stages asked for.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` when a field that was named cannot be had.
 */
export function selectFields(plan: RecordPlan, selection: FieldSelection): Selection {
  const { fields } = selection;
  const explicit = (name: FieldName): boolean => fields?.includes(name) ?? false;
  const wants = (name: FieldName): boolean => fields === undefined || explicit(name);
  const single = <T extends RecordPlan['unpooled']>(name: FieldName, field: T): T => {
    if ('reason' in field && explicit(name)) {
      throw new FeaturetapError('TAP_NOT_FOUND', `Expected to find ${name}, but ${field.reason}.`);
    }
    return field;
  };
  if (!plan.stages.some(isFound) && explicit('stages')) {
    const [first] = plan.stages;
    const erased = first === undefined || isFound(first) ? undefined : first.reason;
    const reason = plan.stagesReason ?? erased ?? 'the network has none';
    throw new FeaturetapError('TAP_NOT_FOUND', `Expected to find stages, but ${reason}.`);
  }
  const stages = wants('stages')
    ? selectStages(plan, selection.stages)
    : { stages: [], stagesReason: NOT_ASKED };
  return {
    ...stages,
    unpooled: wants('unpooled') ? single('unpooled', plan.unpooled) : absent(NOT_ASKED),
    pooled: wants('pooled') ? single('pooled', plan.pooled) : absent(NOT_ASKED),
    logits: wants('logits') ? single('logits', plan.logits) : absent(NOT_ASKED),
  };
}

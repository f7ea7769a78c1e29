import type { AbsentField, ArchitectureEntry, FieldEntry } from '@featuretap/core/spec';
import { reductionOf } from '../taps/field-plan.js';
import { absent, type FieldPlan } from '../taps/plan.js';
import type { TapContext } from '../taps/tap-context.js';
import { fitStage, fitUnpooled, fitVector } from './fit-field.js';
import { resolveRecipe, type Judge, type Resolved } from './resolve-recipe.js';
import type { Resolver } from './resolver.js';

/** The fields that a catalogue entry finds in a file; null where the file does not show them. */
export interface CataloguePlan {
  /** Every stage, or null when one of them is not there. */
  readonly stages: readonly (FieldPlan | AbsentField)[] | null;
  /** Unpooled, a list for networks with several branches. */
  readonly unpooled: FieldPlan | readonly FieldPlan[] | null;
  /** Pooled. */
  readonly pooled: FieldPlan | null;
  /** Whether the network is an encoder without a head, which has no pooled. */
  readonly hasNoPooled?: boolean;
}

function toPlan(context: TapContext, field: FieldEntry, found: Resolved): FieldPlan {
  return {
    value: found.value,
    adapter: found.adapter,
    shape: [context.batch, ...found.shape],
    layout: field.layout,
    ...(found.module === undefined ? {} : { module: found.module }),
    evidence: 'catalogue',
  };
}

/**
 * Whether a value is a convolution with a BatchNorm folded into it: the catalogue says that a
 * BatchNorm follows, and the file shows none.
 */
function isFolded(context: TapContext, value: string): boolean {
  const users = context.index.consumersOf.get(value) ?? [];
  return !users.some(({ opType }) => opType === 'BatchNormalization');
}

function stage(
  resolver: Resolver,
  field: FieldEntry,
  scale: readonly [number, number],
): FieldPlan | AbsentField | null {
  const { context } = resolver;
  const judge: Judge = (sample) => fitStage(sample, field.shape, scale);
  const found = resolveRecipe(resolver, field.recipe, field, judge);
  if (found === null) return null;
  if (field.foldable && isFolded(context, found.value)) {
    return absent(
      `${found.module ?? 'it'} ends in a convolution into which the exporter folded the BatchNorm ` +
        'behind it, so that its own result is gone; "featuretap export" keeps it',
    );
  }
  return { ...toPlan(context, field, found), ...reductionOf(context, found.shape[1] ?? 1) };
}

/** Finds the fields of an entry in a file. */
export function planFromEntry(resolver: Resolver, entry: ArchitectureEntry): CataloguePlan {
  const { context } = resolver;
  const [height, width] = context.inputSize;
  const scale = [height / entry.inputSize[0], width / entry.inputSize[1]] as const;
  const stages = entry.stages.map((field) => stage(resolver, field, scale));
  const unpooled = entry.unpooled.map((field) => {
    const judge: Judge = (sample) => fitUnpooled(sample, field, scale);
    const found = resolveRecipe(resolver, field.recipe, field, judge);
    return found === null ? null : toPlan(context, field, found);
  });
  const [single = null] = unpooled;
  const { pooled } = entry;
  const vector =
    pooled === null
      ? null
      : resolveRecipe(resolver, pooled.recipe, pooled, (sample) =>
          fitVector(sample, pooled.shape[0] ?? 0),
        );
  return {
    stages: stages.every((found) => found !== null) ? stages : null,
    unpooled:
      unpooled.length === 1 ? single : unpooled.every((found) => found !== null) ? unpooled : null,
    pooled: pooled === null || vector === null ? null : toPlan(context, pooled, vector),
    hasNoPooled: pooled === null,
  };
}

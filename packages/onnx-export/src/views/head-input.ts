import { FeaturetapError } from '@featuretap/core/spec';
import { usedValues, type GraphIndex } from '../graph/graph-index.js';
import { isFound, type FieldPlan, type RecordPlan } from '../taps/plan.js';

/** Where a network is cut into backbone and head. */
export interface HeadInput {
  /** The field at which it is cut. */
  readonly field: FieldPlan;
  /** Name of the field, for outputs and inputs. */
  readonly name: 'pooled' | 'unpooled';
}

/** The graph values that a field is made of: several where its adapter joins them. */
export function valuesOf({ value, adapter }: FieldPlan): readonly string[] {
  return adapter?.kind === 'concat' ? adapter.values : [value];
}

/** Whether a value depends on the image other than through the values at which the graph is cut. */
function bypasses(index: GraphIndex, from: string, cut: readonly string[], image: string): boolean {
  const seen = new Set<string>(cut);
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === image) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    const node = index.producerOf.get(name);
    if (node !== undefined) open.push(...usedValues(node));
  }
  return false;
}

/**
 * Finds the field that a head can be computed from: pooled, or unpooled where the classifier needs
 * more than pooled (two heads whose tokens are averaged for pooled, as in distilled ViTs).
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` when there are no logits, `MODEL_UNSUPPORTED` when neither
 * field is all that the logits depend on.
 */
export function findHeadInput(index: GraphIndex, record: RecordPlan, image: string): HeadInput {
  const { logits, pooled, unpooled } = record;
  if (!isFound(logits)) {
    throw new FeaturetapError(
      'TAP_NOT_FOUND',
      `Expected a classifier to split off, but ${logits.reason}. Use tap in place of split.`,
    );
  }
  const candidates = [
    { name: 'pooled', field: pooled },
    ...('value' in unpooled ? [{ name: 'unpooled', field: unpooled } as const] : []),
  ] as const;
  for (const { name, field } of candidates) {
    if (!isFound(field) || field.value === logits.value) continue;
    if (!bypasses(index, logits.value, valuesOf(field), image)) return { name, field };
  }
  throw new FeaturetapError(
    'MODEL_UNSUPPORTED',
    'Expected logits that are computed from pooled or from unpooled alone, but the classifier uses ' +
      'other values of the network too. Cut it by hand: featuretap prune MODEL --from … --to …',
  );
}

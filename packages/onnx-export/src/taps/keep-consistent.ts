import type { AbsentField, Evidence } from '@featuretap/core/spec';
import { usedValues, type GraphIndex } from '../graph/graph-index.js';
import { absent, isFound, type FieldPlan, type RecordPlan } from './plan.js';

/** Evidence from the strongest to the weakest. */
const STRENGTH: readonly Evidence[] = ['option', 'manifest', 'catalogue', 'scopes', 'structure'];

const CONTRADICTION =
  'what was found does not fit the other fields: neither is made from the other';

/** The values that a field is made of. */
function valuesOf({ value, adapter }: FieldPlan): readonly string[] {
  return adapter?.kind === 'concat' || adapter?.kind === 'mean' ? adapter.values : [value];
}

/** Whether a value is made from one of `sources`, or is one of them. */
function isMadeFrom(index: GraphIndex, field: FieldPlan, source: FieldPlan): boolean {
  const sources = new Set(valuesOf(source));
  const seen = new Set<string>();
  const open = [...valuesOf(field)];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (sources.has(name)) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    const node = index.producerOf.get(name);
    for (const used of node === undefined ? [] : usedValues(node)) open.push(used);
  }
  return false;
}

function isWeaker(a: FieldPlan, b: FieldPlan): boolean {
  return STRENGTH.indexOf(a.evidence) > STRENGTH.indexOf(b.evidence);
}

type Unpooled = RecordPlan['unpooled'];

function isList(field: Unpooled): field is readonly FieldPlan[] {
  return Array.isArray(field);
}

/** The part of unpooled that comes last: pooled and the last stage are compared with it. */
function lastBranch(field: Unpooled): FieldPlan | AbsentField {
  return isList(field) ? (field.at(-1) ?? absent('no branch')) : field;
}

/**
 * Leaves out what contradicts: logits are made from pooled, pooled from unpooled, and unpooled from
 * the last stage. Of two that contradict each other the one with weaker evidence goes, or the one
 * that comes earlier in the network.
 */
export function keepConsistent(index: GraphIndex, record: RecordPlan): RecordPlan {
  let { stages, unpooled, pooled, logits } = record;
  let { stagesReason } = record;
  if (isFound(pooled) && isFound(logits) && !isMadeFrom(index, logits, pooled)) {
    if (isWeaker(logits, pooled)) logits = absent(CONTRADICTION);
    else pooled = absent(CONTRADICTION);
  }
  const map = lastBranch(unpooled);
  if (isFound(map) && isFound(pooled) && !isMadeFrom(index, pooled, map)) {
    if (isWeaker(pooled, map)) pooled = absent(CONTRADICTION);
    else unpooled = absent(CONTRADICTION);
  }
  const features = lastBranch(unpooled);
  if (isFound(features) && isFound(logits) && !isMadeFrom(index, logits, features)) {
    if (isWeaker(logits, features)) logits = absent(CONTRADICTION);
    else unpooled = absent(CONTRADICTION);
  }
  const branch = lastBranch(unpooled);
  const last = stages.findLast(isFound);
  if (last !== undefined && isFound(branch) && !isMadeFrom(index, branch, last)) {
    if (isWeaker(branch, last)) unpooled = absent(CONTRADICTION);
    else [stages, stagesReason] = [[], CONTRADICTION];
  }
  return {
    stages,
    ...(stagesReason === undefined ? {} : { stagesReason }),
    unpooled,
    pooled,
    logits,
  };
}

import type { TapPlan } from '@featuretap/onnx-export';
import { isRight, type JudgedField } from './judge-field.js';
import type { ReferenceCase } from './truth.js';

/** The fields of a record, as they are counted: a stages list is right as a whole or wrong. */
export const COUNTED = ['stages', 'unpooled', 'pooled', 'logits'] as const;

/** Which fields of a plan are right, and what the wrong ones are. */
export interface Verdict {
  /** Whether each field is right. */
  readonly right: Readonly<Record<(typeof COUNTED)[number], boolean>>;
  /** One line for each wrong field. */
  readonly wrong: readonly string[];
}

function listOf(truth: ReferenceCase['truth'], field: string): (typeof truth)[string][] {
  const found = [];
  for (let i = 0; truth[`${field}.${i}`] !== undefined; i++) found.push(truth[`${field}.${i}`]!);
  return found;
}

function describe(field: JudgedField): string {
  return `${field.value} ${JSON.stringify(field.adapter ?? null)}`;
}

/** A network without a classifier has no logits: timm's `forward` then returns pooled. */
function isHeadless(truth: ReferenceCase['truth']): boolean {
  const pooled = new Set(truth.pooled?.map((entry) => entry.join()));
  return (truth.logits ?? []).some((entry) => entry[1] === 'same' && pooled.has(entry.join()));
}

/**
 * Error of an export's own logits from which on rounding has grown so much that the reference could
 * miss values: others stay below 4e-4.
 */
const AMPLIFIED = 1e-3;

/** Judges every field of a plan by the reference. */
export function judgePlan(
  { record }: TapPlan,
  { truth, logitsError }: Pick<ReferenceCase, 'truth' | 'logitsError'>,
): Verdict {
  const wrong: string[] = [];
  const isAmplified = logitsError >= AMPLIFIED;
  const check = (name: string, field: JudgedField, known: (typeof truth)[string]): boolean => {
    const right = isRight(field, known, isAmplified);
    if (!right)
      wrong.push(`${name}: ${describe(field)}, true: ${JSON.stringify(known.slice(0, 2))}`);
    return right;
  };
  const checkList = (name: string, fields: readonly JudgedField[]): boolean => {
    const known = listOf(truth, name);
    if (known.length !== fields.length) {
      wrong.push(`${name}: ${fields.length} found, ${known.length} true`);
      return false;
    }
    return known.map((one, i) => check(`${name}.${i}`, fields[i]!, one)).every(Boolean);
  };
  const { stages, unpooled, pooled, logits } = record;
  const branches = Array.isArray(unpooled) ? (unpooled as readonly JudgedField[]) : [unpooled];
  return {
    right: {
      stages: checkList('stages', stages),
      unpooled:
        truth.unpooled === undefined
          ? checkList('unpooled', branches as readonly JudgedField[])
          : check('unpooled', branches[0] as JudgedField, truth.unpooled),
      pooled: check('pooled', pooled, truth.pooled ?? []),
      logits:
        isHeadless(truth) && logits.value === null
          ? true
          : check('logits', logits, truth.logits ?? []),
    },
    wrong,
  };
}

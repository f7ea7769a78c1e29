import type { FieldName } from '@featuretap/core/spec';
import type { FieldPlan, RecordPlan, TapPlan } from '@featuretap/onnx-export';

/** A field that a plan says it found. */
export interface Claim {
  /** Field of the record. */
  readonly field: FieldName;
  /** Key of the tensor: `stages.0`, `unpooled`, … */
  readonly key: string;
  /** What is claimed. */
  readonly plan: FieldPlan;
}

type OneField = RecordPlan['pooled'];

function listed(unpooled: RecordPlan['unpooled']): readonly OneField[] {
  return Array.isArray(unpooled) ? (unpooled as readonly OneField[]) : [unpooled as OneField];
}

/** Every field that a plan claims, in the order of the record. */
export function claimsOf({ record }: TapPlan): Claim[] {
  const claims: Claim[] = [];
  const add = (field: FieldName, key: string, plan: OneField): void => {
    if (plan.value !== null) claims.push({ field, key, plan });
  };
  record.stages.forEach((stage, i) => add('stages', `stages.${i}`, stage));
  const branches = listed(record.unpooled);
  branches.forEach((branch, i) =>
    add('unpooled', branches.length > 1 ? `unpooled.${i}` : 'unpooled', branch),
  );
  add('pooled', 'pooled', record.pooled);
  add('logits', 'logits', record.logits);
  return claims;
}

/** Fields that are absent and do not say why. */
export function silentAbsences({ record }: TapPlan): string[] {
  const isSilent = (reason: string | undefined): boolean => (reason ?? '').trim() === '';
  const fields: [string, OneField][] = [
    ...record.stages.map((stage, i): [string, OneField] => [`stages.${i}`, stage]),
    ...listed(record.unpooled).map((branch): [string, OneField] => ['unpooled', branch]),
    ['pooled', record.pooled],
    ['logits', record.logits],
  ];
  const silent = fields
    .filter(([, plan]) => plan.value === null && isSilent(plan.reason))
    .map(([key]) => key);
  if (record.stages.length === 0 && isSilent(record.stagesReason)) silent.push('stages');
  return silent;
}

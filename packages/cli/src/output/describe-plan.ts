import { printableName } from '@featuretap/core/wire';
import type { AbsentField, FieldOutput, Manifest } from '@featuretap/core/spec';
import type { FieldPlan, GraphValue, ModelSummary, TapPlan } from '@featuretap/onnx-export';
import { formatTable } from './print.js';

type AnyField = FieldPlan | FieldOutput | AbsentField;

/** Most names of candidates that a line shows. */
const MAX_CANDIDATES = 6;

/** What a file is, in a line; null when nothing is known. */
export function architectureLine({ architecture, candidates }: TapPlan): string | null {
  if (architecture !== null) return `architecture: ${printableName(architecture, 80)}`;
  if (candidates.length === 0) return null;
  const more = candidates.length - MAX_CANDIDATES;
  const names = candidates.slice(0, MAX_CANDIDATES).join(', ');
  return `architecture: one of ${names}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A plan as the JSON document of `inspect`. */
export function planDocument(file: string, summary: ModelSummary, plan: TapPlan): object {
  const { architecture, candidates, input, record } = plan;
  const { name, dtype, shape } = input;
  return { file, ...summary, architecture, candidates, input: { name, dtype, shape }, record };
}

function row(name: string, field: AnyField): string[] {
  if (field.value === null) return [name, '-', '', '', `none: ${printableName(field.reason)}`];
  const adapter = field.adapter === null ? '' : ` (${field.adapter.kind})`;
  const value = printableName(field.value, 80) + adapter;
  const shape = field.shape.map((dim) => printableName(String(dim), 40)).join(' x ');
  const output = 'output' in field ? field.output : name;
  const label = output === name ? name : `${name} as ${printableName(output, 60)}`;
  return [label, shape, field.layout, field.evidence, value];
}

/** Number of a stage in the network, where the list lacks some before it. */
function numberOf(stage: AnyField): number | undefined {
  return 'index' in stage ? stage.index : undefined;
}

/**
 * A plan, or the manifest of what was tapped, as a table of field, shape, layout, evidence and graph
 * value; an output of another name than its field is shown with it.
 */
export function planTable(record: TapPlan['record'] | Manifest['record']): string {
  const { unpooled } = record;
  const rows = [
    ['field', 'shape', 'layout', 'evidence', 'value'],
    ...record.stages.map((stage, i) => row(`stages.${numberOf(stage) ?? i}`, stage)),
  ];
  if (record.stages.length === 0) {
    rows.push(
      row('stages', { value: null, reason: record.stagesReason ?? 'the network has none' }),
    );
  }
  if ('value' in unpooled) rows.push(row('unpooled', unpooled));
  else rows.push(...unpooled.map((branch, i) => row(`unpooled.${i}`, branch)));
  rows.push(row('pooled', record.pooled), row('logits', record.logits));
  return formatTable(rows);
}

/** Values of a graph as a table of name, type, shape and operator. */
export function valueTable(values: readonly GraphValue[]): string {
  const rows = values.map(({ name, dtype, shape, operator }) => [
    printableName(name, 120),
    dtype ?? '?',
    shape === null
      ? '?'
      : shape.length === 0
        ? 'scalar'
        : shape.map((dim) => printableName(String(dim), 40)).join(' x '),
    printableName(operator, 40),
  ]);
  return formatTable([['value', 'dtype', 'shape', 'operator'], ...rows]);
}

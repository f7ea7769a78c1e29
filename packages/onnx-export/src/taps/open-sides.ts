import type { AbsentField, Dim } from '@featuretap/core/spec';
import { absent, isFound, type FieldPlan, type RecordPlan } from './plan.js';

/** Adapters that are made for one size of the map. */
const FIXED = new Set(['tokens-to-map', 'channels-first-tokens-to-map', 'rearrange']);

/**
 * States what is known of a field when the file leaves height and width of the input open: shapes
 * were inferred at an assumed size, so sides become names, and what works at one size only is absent.
 *
 * Equal names would say that sizes are equal, so each field has names of its own.
 */
function openField(field: FieldPlan | AbsentField, name: string): FieldPlan | AbsentField {
  if (!isFound(field)) return field;
  if (FIXED.has(field.adapter?.kind ?? '')) {
    return absent(
      'the file leaves the size of the input open, and its tokens make a map at one size only; ' +
        'export the model with a fixed height and width',
    );
  }
  const shape: Dim[] = [...field.shape];
  const first = field.layout === 'NCHW' ? 2 : 1;
  if (field.layout === 'NCHW' || field.layout === 'NHWC') {
    shape[first] = `${name}_height`;
    shape[first + 1] = `${name}_width`;
  } else if (field.layout === 'NLC') shape[1] = `${name}_tokens`;
  else if (field.layout === 'NCL') shape[2] = `${name}_tokens`;
  const { value, adapter, layout, reduction, module, evidence } = field;
  return {
    value,
    adapter,
    shape,
    layout,
    // At the assumed size a side may have been rounded; only a whole number is one of the network.
    ...(reduction !== undefined && Number.isInteger(reduction) ? { reduction } : {}),
    ...(module === undefined ? {} : { module }),
    evidence,
  };
}

/** The record of a file that leaves height and width of the input open. */
export function openSides(record: RecordPlan): RecordPlan {
  const { unpooled } = record;
  return {
    ...record,
    stages: record.stages.map((stage, i) => openField(stage, `stage${i}`)),
    unpooled: isList(unpooled)
      ? unpooled.map((branch, i) => openField(branch, `unpooled${i}`)).filter(isFound)
      : openField(unpooled, 'unpooled'),
  };
}

function isList(field: RecordPlan['unpooled']): field is readonly FieldPlan[] {
  return Array.isArray(field);
}

import type { WireField } from '@featuretap/core/wire';
import { TENSOR } from './fields.js';
import type { FieldRange, TensorPlaces } from './model.js';

/** Fields of a `TensorProto` that hold its elements. */
export const PAYLOAD_FIELDS: ReadonlySet<number> = new Set([
  TENSOR.floatData,
  TENSOR.int32Data,
  TENSOR.stringData,
  TENSOR.int64Data,
  TENSOR.rawData,
  TENSOR.doubleData,
  TENSOR.uint64Data,
]);

/** Collects the places of a tensor's parts, field by field. */
export interface PlaceCollector extends TensorPlaces {
  /** Looks at a field of the tensor, whose offsets are those in the file. */
  visit(field: WireField): void;
}

/** Starts to collect the places of one tensor. */
export function placeCollector(): PlaceCollector {
  const payload: TensorPlaces['payload'][number][] = [];
  const dataLocation: FieldRange[] = [];
  return {
    payload,
    dataLocation,
    visit({ field, start, valueStart, end }) {
      const at = { start, valueStart, end };
      if (PAYLOAD_FIELDS.has(field)) payload.push({ field, at });
      else if (field === TENSOR.dataLocation) dataLocation.push(at);
    },
  };
}

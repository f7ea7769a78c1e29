import type { AbsentField, Adapter, Dim, Evidence, Layout, Manifest } from '@featuretap/core/spec';

/** Where a field of the record is in the graph. */
export interface FieldPlan {
  /** Name of the graph value. */
  readonly value: string;
  /** Nodes to insert behind it, or null. */
  readonly adapter: Adapter | null;
  /** Shape of the field, adapter applied. */
  readonly shape: Dim[];
  /** Meaning of the axes, adapter applied. */
  readonly layout: Layout;
  /** Input pixels per position, for stages. */
  readonly reduction?: number;
  /** Module path that makes the value, when known. */
  readonly module?: string;
  /** Which source of evidence decided. */
  readonly evidence: Evidence;
}

/** The four fields: each found, or absent with a reason. */
export interface RecordPlan {
  /**
   * Stages, low to high level; empty when there are none. One that the exporter erased is absent,
   * and the others keep their numbers.
   */
  readonly stages: readonly (FieldPlan | AbsentField)[];
  /** Why there are no stages. */
  readonly stagesReason?: string;
  /** Last features before pooling; a list for networks with several branches. */
  readonly unpooled: FieldPlan | AbsentField | readonly FieldPlan[];
  /** The vector that enters the classifier. */
  readonly pooled: FieldPlan | AbsentField;
  /** Classifier output. */
  readonly logits: FieldPlan | AbsentField;
}

/** What surgery will expose: the manifest before surgery. */
export interface TapPlan {
  /** Name of the architecture in timm, or null when unknown. */
  readonly architecture: string | null;
  /** Architectures that the file may be of, when its weights leave several open. */
  readonly candidates: readonly string[];
  /** The image input. */
  readonly input: Manifest['input'];
  /** The fields. */
  readonly record: RecordPlan;
}

/** A field that cannot be had, with the reason. */
export function absent(reason: string): AbsentField {
  return { value: null, reason };
}

/** Whether a field was found. */
export function isFound(field: FieldPlan | AbsentField): field is FieldPlan {
  return field.value !== null;
}

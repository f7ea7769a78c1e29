// Surgery on exported ONNX classifiers. Pure TypeScript: no native code, no Node API.

// Reading a model without its weights.
export { readModel } from './proto/read-model.js';
export type {
  Attribute,
  Body,
  BodyNode,
  DeclaredDim,
  FieldRange,
  Graph,
  Initializer,
  MetadataEntry,
  Model,
  Node,
  TensorInfo,
  ValueInfo,
} from './proto/model.js';
export { inferValueShapes } from './infer-value-shapes.js';
export { summarizeModel } from './summarize-model.js';
export type { ModelSummary } from './summarize-model.js';

// Finding the fields of the record.
export { planTaps } from './plan-taps.js';
export type { PlanOptions } from './plan-taps.js';
export type { FieldPlan, RecordPlan, TapPlan } from './taps/plan.js';
export { readManifest } from './taps/plan-from-manifest.js';

// Exposing them.
export { tapModel } from './tap-model.js';
export type { NamedOutput, TapOptions, TappedModel } from './tap-model.js';
export type { FieldSelection } from './select-fields.js';

// Writing.
export { readSegments, sizeOf } from './write/splice.js';
export type { BytesSegment, CopySegment, Segment } from './write/splice.js';

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
  QuantizationAnnotation,
  SparseInitializer,
  TensorInfo,
  TensorPlaces,
  ValueInfo,
} from './proto/model.js';
export { inferValueShapes } from './infer-value-shapes.js';
export { listValues } from './list-values.js';
export type { GraphValue } from './list-values.js';
export { summarizeModel } from './summarize-model.js';
export type { ModelSummary } from './summarize-model.js';

// Finding the fields of the record.
export { planTaps } from './plan-taps.js';
export type { PlanOptions } from './plan-taps.js';
export type { FieldPlan, RecordPlan, TapPlan } from './taps/plan.js';
export { readManifest } from './taps/plan-from-manifest.js';

// Exposing them.
export { tapModel } from './tap-model.js';
export type { RecordedFacts, TapOptions, TappedModel, WeightsPlan } from './tap-model.js';
export type { FieldForm } from './passes/expose-fields.js';
export type { NamedOutput } from './passes/expose-values.js';
export type { FieldDtype, StageReduction } from './passes/field-value.js';
export type { FieldSelection } from './select-fields.js';

// Views: parts of a model over the same weights.
export { splitModel } from './views/split-model.js';
export type { SplitModel, SplitOptions, View } from './views/split-model.js';
export { pruneModel } from './views/prune-model.js';
export type { PrunedModel, PruneOptions } from './views/prune-model.js';
export { untapModel } from './views/untap-model.js';

// Changing the classifier.
export { reheadModel } from './rehead-model.js';
export type { HeadTensor, NewHead } from './rehead/new-head.js';
export type { BesideHead, DropHead, ReheadRequest, ReplaceHead } from './rehead/rehead-request.js';
export type { ReheadOptions } from './rehead/start-rehead.js';

// Writing.
export { linkWeights } from './write/link-weights.js';
export { readSegments, sizeOf } from './write/segments.js';
export type { BytesSegment, CopySegment, Segment } from './write/segments.js';
export type { Enclosing, Splice } from './write/splice.js';

// Pure data and schemas: no native code, no Node API. Safe in a browser.
export { ERROR_CODES, FeaturetapError, isFeaturetapError } from './errors.js';
export type { ErrorCode } from './errors.js';

export { DTYPE_BYTES } from './dtype.js';
export { dtypeSchema } from './dtype-schema.js';
export type { DType, TypedArrayOf, TypedArrays } from './dtype.js';

export { dimSchema, layoutSchema } from './layout.js';
export type { Dim, Layout } from './layout.js';

export { adapterSchema, rearrangeStepSchema } from './adapter.js';
export type { Adapter, RearrangeStep } from './adapter.js';

export {
  architectureEntrySchema,
  fieldEntrySchema,
  operationKindSchema,
} from './architecture-entry.js';
export type { ArchitectureEntry, FieldEntry, OperationKind } from './architecture-entry.js';
export { moduleAnchorSchema, tapRecipeSchema } from './tap-recipe.js';
export type {
  AnchorsRecipe,
  JoinRecipe,
  ModuleAnchor,
  RearrangeRecipe,
  TapRecipe,
  TokenMeanRecipe,
  TokenRecipe,
} from './tap-recipe.js';
export type { ArchitectureCatalogue, EntryOutline } from './architecture-catalogue.js';

export { decodePolicySchema, preprocessSpecSchema } from './preprocess-spec.js';
export type { DecodePolicy, PreprocessSpec } from './preprocess-spec.js';

export {
  absentFieldSchema,
  evidenceSchema,
  extraOutputSchema,
  fieldNameSchema,
  fieldOutputSchema,
  MANIFEST_KEY,
  MANIFEST_VERSION,
  manifestSchema,
  sourceSchema,
  weightFilesSchema,
} from './manifest.js';
export type {
  AbsentField,
  Evidence,
  ExtraOutput,
  FieldName,
  FieldOutput,
  Manifest,
  WeightFiles,
} from './manifest.js';
export { manifestConstantSchema } from './manifest-constant.js';
export type { ManifestConstant } from './manifest-constant.js';
export type { DeepReadonly } from './deep-readonly.js';
export {
  recordMetadataSchema,
  stageMetadataSchema,
  tensorMetadataSchema,
} from './record-metadata-schema.js';
export type { RecordMetadata, StageMetadata, TensorMetadata } from './record-metadata-schema.js';
export { HEAD_MANIFEST_KEY, headManifestSchema } from './head-manifest.js';
export type { HeadManifest } from './head-manifest.js';

export { parseWith } from './parse.js';
export { strictOptions } from './strict-options.js';
export { invalidManifest, parseHeadManifest, parseManifest } from './parse-manifest.js';

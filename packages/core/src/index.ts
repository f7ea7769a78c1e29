// Running a tapped model: the one-call API.
export { createExtractor } from './extract/create-extractor.js';
export type { Extractor } from './extract/extractor.js';
export { openHead } from './extract/open-head.js';
export type { Head } from './extract/open-head.js';
export {
  extractorOptionsSchema,
  headOptionsSchema,
  headRunOptionsSchema,
  runOptionsSchema,
} from './extract/extractor-options.js';
export type {
  ExtractorOptions,
  HeadOptions,
  HeadRunOptions,
  Profile,
  RunOptions,
  RunOptionsWithout,
} from './extract/extractor-options.js';
export type { Isolation } from './extract/guarded-runner.js';
export type { StreamMethod, StreamSource } from './extract/stream-method.js';
export { streamOptionsSchema } from './extract/stream-options.js';
export type {
  StreamErrorMode,
  StreamFailure,
  StreamOptions,
  StreamOptionsWithout,
  StreamProgress,
  StreamRecord,
  StreamResult,
} from './extract/stream-options.js';
export type { ModelFile } from './extract/model-file.js';
export type { ExtractorInput } from './extract/plan-batch.js';
export type { GraphOptimizationLevel } from './session/worker-messages.js';

// The record of a run, and what to do with it.
export type {
  FeatureOutput,
  FieldOf,
  RecordFields,
  RequiredField,
  SelectedOutput,
  StagesOf,
  TensorsOf,
} from './record/feature-output.js';
export type { WithExtras } from './record/extra-outputs.js';
export type {
  FeatureTensor,
  KnownReduction,
  OpenReduction,
  ReductionOf,
  ShapeOf,
  StageTensor,
} from './record/feature-tensor.js';
export type { AbsentSpec, FieldSpec, RecordSpec, StageSpec } from './record/record-spec.js';
export type {
  OutputSpec,
  OutputSpecs,
  SpecOf,
  SpecOfField,
  SpecOfOne,
  StageSpecs,
} from './record/spec-of.js';
export { classActivationMap, classHeatmap } from './class-map/class-activation-map.js';
export type {
  ClassActivationMap,
  ClassActivationOptions,
  ClassHeatmapOptions,
} from './class-map/class-activation-map.js';
export { readClassWeights } from './class-map/read-class-weights.js';
export type { ClassWeights } from './class-map/read-class-weights.js';
export type { PaintOptions } from './picture/paint-map.js';
export { compileFile } from './extract/compile-file.js';
export type { CompiledCacheOptions } from './extract/compile-file.js';
export { defaultCacheFolder } from './cache/default-cache-folder.js';
export type { CompileResult } from './cache/compile-model.js';
export { listEntries as listCacheEntries, trimCache } from './cache/list-entries.js';
export type { ListedEntry } from './cache/list-entries.js';
export { recordMetadata } from './record/record-metadata.js';
export { recordToTensors } from './record/record-tensors.js';
export { readLabels } from './record/read-labels.js';
export type { ReadLabelsOptions } from './record/read-labels.js';
export { topLabels } from './record/top-labels.js';
export type { LabelScore, TopLabelsOptions } from './record/top-labels.js';

// Features after a run.
export { l2Normalize } from './features/l2-normalize.js';
export type { NormalizedVectors, VectorShape } from './features/l2-normalize.js';
export type { L2Normalized } from './features/l2-normalized.js';
export { classToken } from './features/class-token.js';
export type { ClassTokenOptions, FeatureTokens } from './features/class-token.js';
export { concatFeatures } from './features/concat-features.js';
export type { FeatureVectors, VectorsLike, VectorsSpec } from './features/feature-vectors.js';
export { cosineSimilarity } from './features/cosine-similarity.js';
export { dotSimilarity } from './features/dot-similarity.js';
export { poolStage } from './features/pool-stage.js';
export type {
  GemPoolOptions,
  PlainPoolOptions,
  PoolKind,
  PoolStageOptions,
} from './features/pool-stage.js';
export { toJSON } from './features/to-json.js';
export type {
  DescribableRecord,
  DescribableTensor,
  JsonRecord,
  JsonTensor,
  ToJsonOptions,
} from './features/to-json.js';
export { topSimilar } from './features/top-similar.js';
export type { SimilarVector, TopSimilarOptions } from './features/top-similar.js';

// How well an image fits what a model was trained on; higher means more in-distribution.
export { auroc } from './features/auroc.js';
export { energyScore } from './features/energy-score.js';
export type { EnergyScoreOptions } from './features/energy-score.js';
export { fitMahalanobis } from './features/fit-mahalanobis.js';
export type { MahalanobisOptions, MahalanobisScorer } from './features/fit-mahalanobis.js';
export { fitNearest } from './features/fit-nearest.js';
export type { NearestScoreOptions, NearestScorer } from './features/fit-nearest.js';
export { maxLogitScore } from './features/max-logit-score.js';
export { maxSoftmaxScore } from './features/max-softmax-score.js';

// Pictures of stages.
export { contactSheet } from './features/contact-sheet.js';
export type { ContactSheetOptions } from './features/contact-sheet.js';
export { mapToRgb } from './features/map-to-rgb.js';
export type { MapToRgbOptions } from './features/map-to-rgb.js';
export { pcaMap } from './features/pca-map.js';
export type { PcaMapOptions } from './features/pca-map.js';
export { COLORMAPS } from './picture/colormap.js';
export type { Colormap } from './picture/colormap.js';
export type { FeatureMap } from './picture/channel-energy.js';
export { encodePng } from './picture/encode-png.js';
export { overlayHeatmap } from './picture/overlay-heatmap.js';
export type { OverlayOptions } from './picture/overlay-heatmap.js';
export { stageHeatmap } from './picture/stage-heatmap.js';
export type { HeatmapOptions } from './picture/stage-heatmap.js';

// Images, and how they become the input.
export { decodeImage } from './image/decode-image.js';
export type { DecodeOptions } from './image/decode-image.js';
export type { ImageSource } from './image/read-image-bytes.js';
export type { RgbImage } from './image/rgb-image.js';
export { normalizeInto } from './preprocess/normalize-into.js';
export { preprocess } from './preprocess/preprocess.js';
export type { ResampleMode } from './preprocess/resample-mode.js';
export { resizeAndCrop } from './preprocess/resize-and-crop.js';

// Tensors and their files.
export { fromFloat16Bits, toFloat16Bits } from './tensor/float16.js';
export { readNpy, writeNpy } from './tensor/npy.js';
export { readSafetensors, writeSafetensors } from './tensor/safetensors.js';
export type { SafetensorsFile } from './tensor/safetensors.js';
export { toFloat32 } from './tensor/to-float32.js';
export type { Tensor } from './tensor/tensor.js';

// The contract with the surgery tool; all of it, with its schemas, is in `@featuretap/core/spec`.
export { ERROR_CODES, FeaturetapError, isFeaturetapError } from './spec/errors.js';
export type { ErrorCode } from './spec/errors.js';
export type { DType, TypedArrayOf, TypedArrays } from './spec/dtype.js';
export type { Dim, Layout } from './spec/layout.js';
export type { Adapter } from './spec/adapter.js';
export type {
  AbsentField,
  Evidence,
  ExtraOutput,
  FieldName,
  FieldOutput,
  Manifest,
  WeightFiles,
} from './spec/manifest.js';
export { recordMetadataSchema } from './spec/record-metadata-schema.js';
export type {
  RecordMetadata,
  StageMetadata,
  TensorMetadata,
} from './spec/record-metadata-schema.js';
export { manifestSchema } from './spec/manifest.js';
export { manifestConstantSchema } from './spec/manifest-constant.js';
export type { ManifestConstant } from './spec/manifest-constant.js';
export type { DeepReadonly } from './spec/deep-readonly.js';
export type { HeadManifest } from './spec/head-manifest.js';
export type { DecodePolicy, PreprocessSpec } from './spec/preprocess-spec.js';

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
  RunOptions,
  RunOptionsWithout,
} from './extract/extractor-options.js';
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
  TensorsOf,
} from './record/feature-output.js';
export type { WithExtras } from './record/extra-outputs.js';
export type { FeatureTensor, ShapeOf } from './record/feature-tensor.js';
export type { AbsentSpec, FieldSpec, RecordSpec } from './record/record-spec.js';
export { recordToTensors } from './record/record-tensors.js';
export { readLabels } from './record/read-labels.js';
export type { ReadLabelsOptions } from './record/read-labels.js';
export { topLabels } from './record/top-labels.js';
export type { LabelScore, TopLabelsOptions } from './record/top-labels.js';

// Pictures of stages.
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
export type { HeadManifest } from './spec/head-manifest.js';
export type { DecodePolicy, PreprocessSpec } from './spec/preprocess-spec.js';

/**
 * An ImageNet classifier with real weights: EfficientNet-Lite0, ONNX opset 18, 19 MB.
 *
 * Input `input` [batch, 3, 224, 224] float32, preprocessed as {@link demoPreprocess} says; the only
 * output is `logits` [batch, 1000] float32. Origin and licence: the file NOTICE of this package.
 */
export const demoModel: URL = new URL('../data/efficientnet_lite0.onnx', import.meta.url);

/** A text file with the 1,000 class names of {@link demoModel}, one a line, in class order. */
export const demoLabels: URL = new URL('../data/labels.txt', import.meta.url);

/** Three photos to try {@link demoModel} on, RGB without alpha; each is free of copyright. */
export const demoPhotos: {
  /** A cup of espresso, PNG, 600 × 400. */
  readonly coffee: URL;
  /** A tabby cat, PNG, 451 × 300. */
  readonly chelsea: URL;
  /** The launch of a Falcon 9 rocket, JPEG, 640 × 427. */
  readonly rocket: URL;
} = {
  coffee: new URL('../data/coffee.png', import.meta.url),
  chelsea: new URL('../data/chelsea.png', import.meta.url),
  rocket: new URL('../data/rocket.jpg', import.meta.url),
};

/**
 * How an image becomes the input of {@link demoModel}, in the terms of timm's `pretrained_cfg`.
 *
 * It has the shape of `PreprocessSpec` of `@featuretap/core/spec`.
 */
export const demoPreprocess: {
  /** Channels, height and width of the input, [C, H, W]. */
  inputSize: [3, number, number];
  /** Resampling filter, as Pillow defines it. */
  interpolation: 'bicubic';
  /** Part of the resized image that the crop keeps: 224 of 256 pixels. */
  cropPct: number;
  /** The shorter edge is resized, then the centre is cropped. */
  cropMode: 'center';
  /** Subtracted from RGB/255, per channel. */
  mean: [number, number, number];
  /** Divides what is left, per channel. */
  std: [number, number, number];
} = {
  inputSize: [3, 224, 224],
  interpolation: 'bicubic',
  cropPct: 0.875,
  cropMode: 'center',
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
};

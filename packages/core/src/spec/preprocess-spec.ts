import { z } from 'zod';

const threeNumbers = z.tuple([z.number(), z.number(), z.number()]);
const pixels = z.int().min(1).max(16_384);

/**
 * How an image becomes the input tensor, in the terms of timm's `pretrained_cfg`.
 *
 * Source: timm 1.0.31, `timm/data/transforms_factory.py`, `transforms_imagenet_eval`.
 */
export const preprocessSpecSchema = z.strictObject({
  /** Channels, height and width of the input, [C, H, W]; C is 3 (RGB). */
  inputSize: z.tuple([z.literal(3), pixels, pixels]),
  /** Resampling filter, as Pillow defines it. */
  interpolation: z.enum(['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos']),
  /** Part of the resized image that the crop keeps; above 1 the crop is padded with black. */
  cropPct: z.number().positive().max(8),
  /**
   * `center`: shorter edge to size/cropPct, then centre crop. `squash`: both edges, aspect lost.
   * `border`: longer edge to size/cropPct, padded with the mean colour.
   */
  cropMode: z.enum(['center', 'squash', 'border']),
  /** Subtracted from RGB/255, per channel. */
  mean: threeNumbers,
  /** Divides what is left, per channel. */
  std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
});

/** How an image becomes the input tensor, see {@link preprocessSpecSchema}. */
export type PreprocessSpec = z.infer<typeof preprocessSpecSchema>;

/**
 * What happens to orientation tags, colour profiles, alpha and CMYK before preprocessing.
 *
 * `as-trained` does what Pillow's `convert('RGB')` does: EXIF orientation and ICC profiles are
 * ignored, alpha is dropped, CMYK is converted naively. `display` honours orientation and profiles.
 */
export const decodePolicySchema = z.enum(['as-trained', 'display']);

/** Decoding policy, see {@link decodePolicySchema}. */
export type DecodePolicy = z.infer<typeof decodePolicySchema>;

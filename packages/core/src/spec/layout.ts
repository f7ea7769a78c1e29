import { z } from 'zod';

/**
 * Meaning of a tensor's axes: N batch, C channels, H and W positions, L tokens.
 *
 * `NCL` are tokens with the channels in front, as EfficientViM has them. `NC` is a vector for each image, as pooled features and logits are.
 */
export const layoutSchema = z.enum(['NCHW', 'NHWC', 'NLC', 'NCL', 'NC']);

/** Meaning of a tensor's axes, see {@link layoutSchema}. */
export type Layout = z.infer<typeof layoutSchema>;

/** A dimension: a size, or the name of a size that is known only when the model runs. */
export const dimSchema = z.union([z.int().min(0), z.string().min(1)]);

/** A dimension, see {@link dimSchema}. */
export type Dim = z.infer<typeof dimSchema>;

import { z } from 'zod';
import { dtypeSchema } from './dtype-schema.js';
import { layoutSchema } from './layout.js';

const sizeSchema = z.int().min(0);

/** What a tensor of a record is, without its elements. */
export const tensorMetadataSchema = z.strictObject({
  /** Element type. */
  dtype: z.enum(['float32', 'float16']),
  /** Size of each axis, batch first. */
  shape: z.array(sizeSchema).min(2).max(4),
  /** Meaning of the axes. */
  layout: layoutSchema,
});

/** What a tensor of a record is, see {@link tensorMetadataSchema}. */
export type TensorMetadata = z.infer<typeof tensorMetadataSchema>;

/** What a stage of a record is, without its elements. */
export const stageMetadataSchema = tensorMetadataSchema.extend({
  /** Input pixels per position; left out where the file does not tell. */
  reduction: z.number().positive().optional(),
});

/** What a stage of a record is, see {@link stageMetadataSchema}. */
export type StageMetadata = z.infer<typeof stageMetadataSchema>;

/**
 * What a record holds, without elements: for messages between services, logs and indexes.
 *
 * A field that the record lacks is not a key.
 */
export const recordMetadataSchema = z.strictObject({
  /** Stages, low to high level. */
  stages: z.array(stageMetadataSchema).optional(),
  /** Last features before pooling; a list for networks with several branches. */
  unpooled: z.union([tensorMetadataSchema, z.array(tensorMetadataSchema).min(2)]).optional(),
  /** The vector that enters the classifier. */
  pooled: tensorMetadataSchema.optional(),
  /** Classifier output. */
  logits: tensorMetadataSchema.optional(),
  /** Outputs that are no fields, in their order; a list because any name can come. */
  extras: z
    .array(
      z.strictObject({
        /** Name of the output. */
        name: z.string(),
        /** Element type. */
        dtype: dtypeSchema,
        /** Size of each axis. */
        shape: z.array(sizeSchema),
      }),
    )
    .optional(),
});

/** What a record holds, see {@link recordMetadataSchema}. */
export type RecordMetadata = z.infer<typeof recordMetadataSchema>;

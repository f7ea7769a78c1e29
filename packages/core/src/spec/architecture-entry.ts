import { z } from 'zod';
import { layoutSchema } from './layout.js';
import { tapRecipeSchema } from './tap-recipe.js';

const size = z.int().min(1);

/** Kind of the operation that ends a value, layout changes left out. */
export const operationKindSchema = z.enum([
  'add',
  'concat',
  'multiply',
  'product',
  'normalize',
  'pool',
  'activate',
  'other',
]);

/** Kind of the operation that ends a value, see {@link operationKindSchema}. */
export type OperationKind = z.infer<typeof operationKindSchema>;

/** A field of an architecture: where it is, and its shape at the architecture's own input size. */
export const fieldEntrySchema = z.strictObject({
  /** Where it is. */
  recipe: tapRecipeSchema,
  /** Shape of one sample, batch axis left out. */
  shape: z.array(size).min(1).max(3),
  /** Meaning of the axes, batch included. */
  layout: layoutSchema,
  /**
   * Whether it is a convolution's result that only a BatchNorm uses: exporters fold the two into
   * one, and the value is gone from the file.
   */
  foldable: z.boolean(),
  /** Number of weighted products (convolutions, matrix products) that it depends on. */
  products: z.int().min(0),
  /** How it ends; with `products` and `shape` it is found in a file without names. */
  operation: operationKindSchema,
});

/** A field of an architecture, see {@link fieldEntrySchema}. */
export type FieldEntry = z.infer<typeof fieldEntrySchema>;

/** What is known of an architecture before any file is seen. */
export const architectureEntrySchema = z.strictObject({
  /** timm's name, such as `resnet50`. */
  id: z.string().min(1),
  /** Source file of timm that defines it, such as `resnet`. */
  family: z.string().min(1),
  /** Height and width that it is made for, pixels. */
  inputSize: z.tuple([size, size]),
  /** Whether it takes images of that size only. */
  fixedInputSize: z.boolean(),
  /** Length of the logits by default; 0 when it comes without a classifier. */
  classes: z.int().min(0),
  /** Tokens in front of the positions (class, distillation, registers). */
  prefixTokens: z.int().min(0),
  /** Modules that make the logits; empty when it comes without a classifier. */
  classifiers: z.array(z.string().min(1)),
  /** Stages, low to high level, NCHW. */
  stages: z.array(fieldEntrySchema),
  /** Input pixels per position of each stage. */
  reductions: z.array(z.number().positive()),
  /** The last features before pooling; several for networks with several branches. */
  unpooled: z.array(fieldEntrySchema).min(1),
  /** The vector that enters the classifier; null for an encoder without a head. */
  pooled: fieldEntrySchema.nullable(),
  /** Fingerprint of module paths and weight shapes without the classifier's. */
  signature: z.string(),
  /** The same of the weight shapes alone, for files without names. */
  shapeSignature: z.string(),
});

/** What is known of an architecture before any file is seen, see {@link architectureEntrySchema}. */
export type ArchitectureEntry = z.infer<typeof architectureEntrySchema>;

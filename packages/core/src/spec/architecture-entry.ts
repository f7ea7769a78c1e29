import { z } from 'zod';
import { rearrangeStepSchema } from './adapter.js';
import { layoutSchema } from './layout.js';

const size = z.int().min(1);

/** A place in the network: what a module returns, or what it takes. */
export const moduleAnchorSchema = z.strictObject({
  /** Module path from the root, such as `layer1` or `head.fc`. */
  module: z.string().min(1),
  /** Side of the module. */
  at: z.enum(['output', 'input']),
});

/** A place in the network, see {@link moduleAnchorSchema}. */
export type ModuleAnchor = z.infer<typeof moduleAnchorSchema>;

/**
 * Where a field is in the network, independent of any exporter.
 *
 * | kind | the field is |
 * |---|---|
 * | `anchors` | the tensor at any of these places; the first that a file shows decides |
 * | `token` | the token at `index` of tokens [N, L, C] |
 * | `token-mean` | the mean of the tokens from `from` on |
 * | `mean` | the elementwise mean of several vectors |
 * | `concat` | several vectors behind one another |
 * | `rearrange` | a tensor whose sample has the shape `shape`, after these steps |
 */
export type TapRecipe =
  | { readonly kind: 'anchors'; readonly anchors: readonly ModuleAnchor[] }
  | { readonly kind: 'token'; readonly index: number; readonly of: TapRecipe }
  | { readonly kind: 'token-mean'; readonly from: number; readonly of: TapRecipe }
  | { readonly kind: 'mean'; readonly of: readonly TapRecipe[] }
  | { readonly kind: 'concat'; readonly of: readonly TapRecipe[] }
  | {
      readonly kind: 'rearrange';
      readonly shape: readonly number[];
      readonly steps: readonly z.infer<typeof rearrangeStepSchema>[];
      readonly of: TapRecipe;
    };

/** Schema of {@link TapRecipe}. */
export const tapRecipeSchema: z.ZodType<TapRecipe> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('anchors'), anchors: z.array(moduleAnchorSchema).min(1) }),
    z.strictObject({ kind: z.literal('token'), index: z.int().min(0), of: tapRecipeSchema }),
    z.strictObject({ kind: z.literal('token-mean'), from: z.int().min(0), of: tapRecipeSchema }),
    z.strictObject({ kind: z.literal('mean'), of: z.array(tapRecipeSchema).min(2) }),
    z.strictObject({ kind: z.literal('concat'), of: z.array(tapRecipeSchema).min(2) }),
    z.strictObject({
      kind: z.literal('rearrange'),
      shape: z.array(size).min(1),
      steps: z.array(rearrangeStepSchema).min(1),
      of: tapRecipeSchema,
    }),
  ]),
);

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

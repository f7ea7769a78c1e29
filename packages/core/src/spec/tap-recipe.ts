import { z } from 'zod';
import { rearrangeStepSchema, type RearrangeStep } from './adapter.js';

/** A place in the network: what a module returns, or what it takes. */
export const moduleAnchorSchema = z.strictObject({
  /** Module path from the root, such as `layer1` or `head.fc`. */
  module: z.string().min(1),
  /** Side of the module. */
  at: z.enum(['output', 'input']),
});

/** A place in the network, see {@link moduleAnchorSchema}. */
export type ModuleAnchor = z.infer<typeof moduleAnchorSchema>;

/** The tensor at any of these places; the first that a file shows decides. */
export interface AnchorsRecipe {
  /** Which recipe. */
  readonly kind: 'anchors';
  /** Places, best first. */
  readonly anchors: readonly ModuleAnchor[];
}

/** One of the tokens [N, L, C]. */
export interface TokenRecipe {
  /** Which recipe. */
  readonly kind: 'token';
  /** Position of the token, from 0. */
  readonly index: number;
  /** The tokens. */
  readonly of: TapRecipe;
}

/** The mean of tokens [N, L, C]. */
export interface TokenMeanRecipe {
  /** Which recipe. */
  readonly kind: 'token-mean';
  /** First token of the mean, which goes to the last. */
  readonly from: number;
  /** The tokens. */
  readonly of: TapRecipe;
}

/** Several vectors, averaged element by element or put behind one another. */
export interface JoinRecipe {
  /** Which recipe. */
  readonly kind: 'mean' | 'concat';
  /** The vectors, in order. */
  readonly of: readonly TapRecipe[];
}

/** A tensor whose elements are in another order, as Hiera's tokens are. */
export interface RearrangeRecipe {
  /** Which recipe. */
  readonly kind: 'rearrange';
  /** Shape of a sample before the steps. */
  readonly shape: readonly number[];
  /** Reshapes and transpositions, the first one first. */
  readonly steps: readonly RearrangeStep[];
  /** The tensor. */
  readonly of: TapRecipe;
}

/** Where a field is in the network, independent of any exporter. */
export type TapRecipe =
  AnchorsRecipe | TokenRecipe | TokenMeanRecipe | JoinRecipe | RearrangeRecipe;

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
      shape: z.array(z.int().min(1)).min(1),
      steps: z.array(rearrangeStepSchema).min(1),
      of: tapRecipeSchema,
    }),
  ]),
);

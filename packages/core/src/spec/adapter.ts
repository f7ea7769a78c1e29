import { z } from 'zod';

const tokenIndex = z.int().min(0);

/** One step of a rearrangement of a sample: its new shape, or its axes (from 0) in a new order. */
export const rearrangeStepSchema = z.union([
  z.strictObject({
    /** Sizes of the axes, batch left out. */
    reshape: z.array(z.int().min(1)).min(1).max(7),
  }),
  z.strictObject({
    /** For each axis of the result, the axis that it was, from 0, batch left out. */
    permute: z.array(tokenIndex).min(1).max(7),
  }),
]);

/** One step of a rearrangement, see {@link rearrangeStepSchema}. */
export type RearrangeStep = z.infer<typeof rearrangeStepSchema>;

/**
 * Nodes inserted behind a graph value to turn it into a field of the record.
 *
 * | kind | from | to |
 * |---|---|---|
 * | `flatten` | [N, D, 1, 1] or [N, 1, D] | [N, D] |
 * | `nhwc-to-nchw` | [N, H, W, C] | [N, C, H, W] |
 * | `tokens-to-map` | [N, prefixTokens + H·W, C] | [N, C, H, W] |
 * | `channels-first-tokens-to-map` | [N, C, H·W] | [N, C, H, W] |
 * | `swap-tokens` | [N, C, L] | [N, L, C] |
 * | `token` | [N, L, C] | [N, C], the token at `index` |
 * | `token-mean` | [N, L, C] | [N, C], the mean of the tokens listed, or of all from `from` on |
 * | `spatial-mean` | [N, C, H, W] or [N, H, W, C] | [N, C] |
 * | `mean` | `values`, each [N, D] | [N, D] |
 * | `concat` | `values`, each [N, D_i] | [N, ΣD_i] |
 * | `map-to-tokens` | [N, C, H, W] | [N, C, H·W] |
 * | `nchw-to-nhwc` | [N, C, H, W] | [N, H, W, C] |
 * | `rearrange` | anything | `steps` applied to each sample, as Hiera's tokens need |
 */
export const adapterSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('flatten'),
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('nhwc-to-nchw'),
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('tokens-to-map'),
    /** Tokens in front of the positions. */
    prefixTokens: tokenIndex,
    /** Height and width of the map, in positions. */
    size: z.tuple([z.int().min(1), z.int().min(1)]),
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('channels-first-tokens-to-map'),
    /** Height and width of the map, in positions. */
    size: z.tuple([z.int().min(1), z.int().min(1)]),
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('swap-tokens'),
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('token'),
    /** Position of the token. */ index: tokenIndex,
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('token-mean'),
    /** Positions of the tokens. */
    tokens: z.array(tokenIndex).min(1).optional(),
    /** First token, when the mean goes to the last. */
    from: tokenIndex.optional(),
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('spatial-mean'),
    /** Layout of the map. */ layout: z.enum(['NCHW', 'NHWC']),
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('concat'),
    /** Graph values, in order. */ values: z.array(z.string()).min(2),
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('mean'),
    /** Graph values. */ values: z.array(z.string()).min(2),
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('map-to-tokens'),
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('nchw-to-nhwc'),
  }),
  z.strictObject({
    /** Which adapter. */
    kind: z.literal('rearrange'),
    /** Reshapes and transpositions, the first one first. */
    steps: z.array(rearrangeStepSchema).min(1),
  }),
]);

/** Nodes inserted behind a graph value, see {@link adapterSchema}. */
export type Adapter = z.infer<typeof adapterSchema>;

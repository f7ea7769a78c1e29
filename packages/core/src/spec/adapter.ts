import { z } from 'zod';

const tokenIndex = z.int().min(0);

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
 * | `concat` | `values`, each [N, D_i] | [N, ΣD_i] |
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
]);

/** Nodes inserted behind a graph value, see {@link adapterSchema}. */
export type Adapter = z.infer<typeof adapterSchema>;

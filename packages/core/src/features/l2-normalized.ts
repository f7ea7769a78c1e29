/** Only a type: no value carries this key at run time. */
declare const normalized: unique symbol;

/**
 * A vector or tensor whose rows have Euclidean length 1.
 *
 * Functions that take a dot product for a cosine ask for it, so that raw features cannot be passed
 * by mistake. `l2Normalize` makes it.
 */
export type L2Normalized<T> = T & {
  /** Marks the type; there is nothing to read. */
  readonly [normalized]: 'L2Normalized';
};

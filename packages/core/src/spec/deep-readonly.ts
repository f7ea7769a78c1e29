/** `T` with every property and list readonly, at every depth: what `as const` gives fits it. */
export type DeepReadonly<T> = { readonly [K in keyof T]: DeepReadonly<T[K]> };

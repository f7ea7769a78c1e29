import type { RearrangeStep } from '@featuretap/core/spec';

// The generated tables repeat nothing: a row holds indices into tables of distinct values.

/**
 * Where a tensor is: places in order of preference, `layer1>` for what a module returns and `>fc`
 * for what it takes, `{0-11}` for a run of numbers; or what is done with such tensors.
 */
export type RecipeRow =
  | string
  | readonly ['token', index: number, of: RecipeRow]
  | readonly ['token-mean', from: number, of: RecipeRow]
  | readonly ['mean', of: readonly RecipeRow[]]
  | readonly ['concat', of: readonly RecipeRow[]]
  | readonly [
      'rearrange',
      shape: readonly number[],
      steps: readonly RearrangeStep[],
      of: RecipeRow,
    ];

/** Recipes of all stages, and the positions of those that BatchNorm folding erases. */
export type StagesRow = readonly [recipes: readonly RecipeRow[], foldable: readonly number[]];

/** Recipes of unpooled and pooled, and the modules that make the logits. */
export type HeadRow = readonly [
  unpooled: readonly RecipeRow[],
  pooled: RecipeRow | null,
  classifiers: readonly string[],
];

/**
 * One architecture; `stages` and `head` are indices into STAGES and HEADS.
 *
 * `size` is `224`, `224x192`, or `224!` where no other size can be taken. `shapes` is
 * `C@HxW*repeats …|LAYOUT:shape …|width`. `origins` is the number of weighted products that each of
 * them depends on, with a letter for the operation it ends in. Left out at the end: no prefix tokens, 1,000 classes.
 */
export type ArchitectureRow = readonly [
  id: string,
  size: string,
  stages: number,
  head: number,
  shapes: string,
  signature: string,
  shapeSignature: string,
  origins: string,
  prefixTokens?: number,
  classes?: number,
];

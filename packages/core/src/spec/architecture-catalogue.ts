import type { ArchitectureEntry } from './architecture-entry.js';
import type { TapRecipe } from './tap-recipe.js';

/** What tells at first sight that an entry does not fit a file. */
export interface EntryOutline {
  /** Recipe of the last stage; null for an entry without stages. */
  readonly lastStage: TapRecipe | null;
  /** Whether the network has a classifier. */
  readonly hasClassifier: boolean;
}

/** Where the surgery tool looks architectures up; it gets the catalogue as an argument. */
export interface ArchitectureCatalogue {
  /**
   * The entry of that name.
   *
   * @throws FeaturetapError `UNKNOWN_NAME`, with names that are near.
   */
  find(id: string): ArchitectureEntry;
  /** Entries with that fingerprint of paths and weight shapes; empty when there are none. */
  withSignature(signature: string): readonly ArchitectureEntry[];
  /** Entries with that fingerprint of weight shapes alone; empty when there are none. */
  withShapeSignature(signature: string): readonly ArchitectureEntry[];
  /**
   * One entry for each distinct set of recipes and shapes, of those whose outline is accepted: many
   * architectures share one, and most can be told apart from a file at first sight.
   */
  distinctRecipes(accept: (outline: EntryOutline) => boolean): Iterable<ArchitectureEntry>;
}

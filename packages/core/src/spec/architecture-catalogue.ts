import type { ArchitectureEntry } from './architecture-entry.js';

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
  /** One entry for each distinct set of recipes and shapes: many architectures share one. */
  distinctRecipes(): Iterable<ArchitectureEntry>;
}

import type { ArchitectureCatalogue, ArchitectureEntry } from '@featuretap/core/spec';
import { decodeArchitecture } from './decode-architecture.js';
import { architectureRows, findArchitecture } from './find-architecture.js';

/** Position of the signatures in a row. */
const SIGNATURE = 5;
const SHAPE_SIGNATURE = 6;

function entriesWith(
  column: typeof SIGNATURE | typeof SHAPE_SIGNATURE,
  signature: string,
): ArchitectureEntry[] {
  return [...architectureRows().values()]
    .filter(({ row }) => row[column] === signature)
    .map(({ family, row }) => decodeArchitecture(family, row));
}

function* distinctRecipes(): Generator<ArchitectureEntry> {
  const seen = new Set<string>();
  for (const { family, row } of architectureRows().values()) {
    const [, , stages, head, shapes] = row;
    const key = `${stages} ${head} ${shapes}`;
    if (seen.has(key)) continue;
    seen.add(key);
    yield decodeArchitecture(family, row);
  }
}

/** timm's architectures, in the form that the surgery tool takes. */
export const timmCatalogue: ArchitectureCatalogue = {
  find: findArchitecture,
  withSignature: (signature) => entriesWith(SIGNATURE, signature),
  withShapeSignature: (signature) => entriesWith(SHAPE_SIGNATURE, signature),
  distinctRecipes,
};

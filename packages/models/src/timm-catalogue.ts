import type { ArchitectureCatalogue, ArchitectureEntry, EntryOutline } from '@featuretap/core/spec';
import { decodeArchitecture, decodeOutline } from './decode-architecture.js';
import { architectureRows, findArchitecture, type FoundRow } from './find-architecture.js';

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

/** Outlines by the row's indices of stages and head, which many rows share. */
const outlines = new Map<string, EntryOutline>();

function outlineOf({ row: [, , stages, head] }: FoundRow): EntryOutline {
  const key = `${stages} ${head}`;
  const known = outlines.get(key);
  if (known !== undefined) return known;
  const outline = decodeOutline(stages, head);
  outlines.set(key, outline);
  return outline;
}

function* distinctRecipes(
  accept: (outline: EntryOutline) => boolean,
): Generator<ArchitectureEntry, void, void> {
  const seen = new Set<string>();
  const verdicts = new Map<EntryOutline, boolean>();
  for (const entry of architectureRows().values()) {
    const [, , stages, head, shapes] = entry.row;
    const outline = outlineOf(entry);
    const accepted = verdicts.get(outline) ?? accept(outline);
    verdicts.set(outline, accepted);
    const key = `${stages} ${head} ${shapes}`;
    if (!accepted || seen.has(key)) continue;
    seen.add(key);
    yield decodeArchitecture(entry.family, entry.row);
  }
}

/** timm's architectures, in the form that the surgery tool takes. */
export const timmCatalogue: ArchitectureCatalogue = {
  find: findArchitecture,
  withSignature: (signature) => entriesWith(SIGNATURE, signature),
  withShapeSignature: (signature) => entriesWith(SHAPE_SIGNATURE, signature),
  distinctRecipes,
};

import { FeaturetapError, type ArchitectureEntry } from '@featuretap/core/spec';
import { decodeArchitecture } from './decode-architecture.js';
import { FAMILIES } from './generated/architectures.js';
import type { ArchitectureId } from './generated/architecture-id.js';
import { TIMM_VERSION } from './generated/pretrained.js';
import type { ArchitectureRow } from './architecture-rows.js';
import { suggestNames } from './suggest-names.js';

/** Longest part of a wrong name that a message repeats. */
const MAX_QUOTED = 80;

/** An architecture's row, and the family that it stands in. */
export interface FoundRow {
  /** timm's source file. */
  readonly family: string;
  /** The row. */
  readonly row: ArchitectureRow;
}

let rowOf: ReadonlyMap<string, FoundRow> | undefined;

/** All rows by name, indexed once. */
export function architectureRows(): ReadonlyMap<string, FoundRow> {
  rowOf ??= new Map(
    Object.entries(FAMILIES).flatMap(([family, rows]) =>
      rows.map((row): [string, FoundRow] => [row[0], { family, row }]),
    ),
  );
  return rowOf;
}

/**
 * Looks up an architecture of timm: where its stages, unpooled and pooled are, and their shapes.
 *
 * ```ts
 * const { stages, reductions } = findArchitecture('resnet50');
 * ```
 *
 * @param id - timm's name, without a tag.
 * @returns a new entry each time, so the caller may change it.
 * @throws FeaturetapError `UNKNOWN_NAME` when timm has no such architecture; the message suggests
 *   names that are near.
 */
export function findArchitecture(
  id: ArchitectureId | (string & Record<never, never>),
): ArchitectureEntry {
  const found = architectureRows().get(id);
  if (found !== undefined) return decodeArchitecture(found.family, found.row);
  const quoted = id.length > MAX_QUOTED ? `${id.slice(0, MAX_QUOTED)}…` : id;
  const near = suggestNames(id, architectureRows().keys(), 3);
  const advice =
    near.length > 0
      ? `did you mean ${near.join(', ')}?`
      : 'the names are those of timm.list_models(), such as resnet50.';
  throw new FeaturetapError(
    'UNKNOWN_NAME',
    `Expected an architecture of timm ${TIMM_VERSION}, got '${quoted}'; ${advice}`,
  );
}

import type { Evidence } from '@featuretap/core/spec';
import { lastOfEachSize, positionsOf, runsOfEachSize, sameSize, type ChainLink } from './chain.js';
import { closesBlocks } from './closes-blocks.js';
import { findTrunk, isTrunkChild, unitOf } from './find-trunk.js';
import type { TapContext } from './tap-context.js';
import { trimToStage } from './trim-to-stage.js';

/** Stages found by one source of evidence. */
export interface FoundStages {
  /** Stages, low to high level. */
  readonly links: readonly ChainLink[];
  /** Which source of evidence decided. */
  readonly evidence: Evidence;
}

/** Whether every link holds a map of one size, as in plain vision transformers. */
function isIsotropic(links: readonly ChainLink[]): boolean {
  const [first] = links;
  return first !== undefined && links.every((link) => sameSize(link, first));
}

/**
 * Stages by module paths: the last value of each resolution that closes a child of the trunk, or a
 * module before it (timm's stems); every child where all have one resolution.
 */
export function stagesByScopes(
  context: TapContext,
  chain: readonly ChainLink[],
): FoundStages | null {
  const trunk = findTrunk(context);
  if (trunk === null) return null;
  const closing = new Map<string, { link: ChainLink; child: boolean }>();
  for (const link of chain) {
    const path = context.pathOf(link.value);
    const unit = path === null ? null : unitOf(trunk, path);
    const key = unit === null ? `value ${link.value}` : `unit ${unit.join('.')}`;
    // Deleting first keeps the map in order of the last value of each unit.
    closing.delete(key);
    closing.set(key, { link, child: unit !== null && isTrunkChild(trunk, unit) });
  }
  const units = [...closing.values()];
  const children = units.filter(({ child }) => child).map(({ link }) => link);
  const [first] = children;
  const last = children.at(-1);
  if (first === undefined || last === undefined) return null;
  if (isIsotropic(children)) return { links: children, evidence: 'scopes' };
  const before = units
    .slice(
      0,
      units.findIndex(({ child }) => child),
    )
    .map(({ link }) => link)
    .filter((link) => positionsOf(link) > positionsOf(first) && link.held !== 'tokens');
  return {
    links: [...lastOfEachSize(before), ...lastOfEachSize(children)],
    evidence: 'scopes',
  };
}

/**
 * Stages without names: the last value of each resolution, stepped back over what belongs to the
 * next block; in token networks of one resolution, the residual Add that closes each block.
 */
export function stagesByStructure(
  context: TapContext,
  chain: readonly ChainLink[],
): FoundStages | null {
  if (chain.length === 0) return null;
  const tokens = chain.filter(({ held }) => held === 'tokens');
  if (isIsotropic(tokens) && tokens.length * 2 > chain.length) {
    const blocks = closesBlocks(context, tokens);
    return blocks.length === 0 ? null : { links: blocks, evidence: 'structure' };
  }
  const links = runsOfEachSize(chain).map((run) => trimToStage(context, run));
  return { links, evidence: 'structure' };
}

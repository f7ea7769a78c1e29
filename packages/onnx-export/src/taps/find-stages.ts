import type { Evidence } from '@featuretap/core/spec';
import { isInside, type ModulePath } from '../scopes/module-path.js';
import { runsOfEachLevel, sameSize, type ChainLink } from './chain.js';
import { closedModules } from './closed-modules.js';
import { closesBlocks } from './closes-blocks.js';
import { closingLink } from './closing-link.js';
import { findTrunk, isTrunkChild, unitOf, type Trunk } from './find-trunk.js';
import { isStemLevel } from './is-stem-level.js';
import { isResidualAdd } from './residual-adds.js';
import type { TapContext } from './tap-context.js';
import { isWeightedProduct } from './weighted-product.js';
import { wideningStart } from './trim-to-stage.js';

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

const NUMBERED = /\d$/;

/** Whether a module inside a child of the trunk is a block: more than one layer, or a residual. */
function isBlock(context: TapContext, module: ModulePath): boolean {
  if (!NUMBERED.test(module.at(-1) ?? '')) return false;
  const members = context.modules.members(module.join('.'));
  const products = members.filter((node) => isWeightedProduct(context, node));
  return (
    products.length > 1 ||
    members.some(({ outputs }) => outputs.some((name) => isResidualAdd(context, name)))
  );
}

/** Whether a link ends a child of the trunk, or a block within one. */
function endsBlock(context: TapContext, trunk: Trunk, closed: readonly ModulePath[]): boolean {
  return closed.some(
    (module) =>
      isTrunkChild(trunk, module) || (isInTrunk(trunk, module) && isBlock(context, module)),
  );
}

function isInTrunk(trunk: Trunk, module: ModulePath): boolean {
  const child = module.slice(0, trunk.container.length + 1);
  return isInside(module, trunk.container) && isTrunkChild(trunk, child);
}

/** Whether the next thing that happens to a link is pooling, as at the end of a stem. */
function isPooled(context: TapContext, { value }: ChainLink): boolean {
  const users = context.index.consumersOf.get(value) ?? [];
  // One that other branches use too goes on at its own resolution.
  return (
    users.length > 0 &&
    users.every(({ opType, outputs }) => {
      const next = opType === 'Pad' ? (context.index.consumersOf.get(outputs[0] ?? '') ?? []) : [];
      const types = [opType, ...next.map((user) => user.opType)];
      return types.includes('MaxPool') || types.includes('AveragePool');
    })
  );
}

/** The last children of the trunk may be the head's own 1x1 convolution: it ends no stage. */
function lastWithoutHead(
  context: TapContext,
  run: readonly ChainLink[],
  ends: readonly ChainLink[],
  closed: (link: ChainLink) => readonly ModulePath[],
  trunk: Trunk,
): ChainLink | undefined {
  // What widens within a block belongs to the block.
  const childOf = ({ value }: ChainLink): string | undefined =>
    context.pathOf(value)?.[trunk.container.length];
  const start = wideningStart(context, run, run.length);
  if (start === null) return ends.at(-1);
  const kept = new Set(run.slice(0, start));
  const before = ends.findLast((link) => kept.has(link));
  const last = ends.at(-1);
  if (before === undefined || last === undefined) return last;
  const isWhole = closed(before).some((module) => isBlock(context, module));
  return isWhole && childOf(before) !== childOf(last) ? before : last;
}

/**
 * Stages by module paths: in each resolution the last value that ends a child of the trunk, or a
 * block within a child that goes on to the next resolution; before the trunk, what ends a module
 * beside it or is pooled (timm's stems). Every child where all have one resolution.
 */
export function stagesByScopes(
  context: TapContext,
  chain: readonly ChainLink[],
): FoundStages | null {
  const trunk = findTrunk(context);
  if (trunk === null) return null;
  const closed = closedModules(context, chain);
  const closedBy = (link: ChainLink): readonly ModulePath[] => closed.get(link) ?? [];
  const children = chain.filter((link) =>
    closedBy(link).some((module) => isTrunkChild(trunk, module)),
  );
  if (children.length === 0) return null;
  const evidence = 'scopes';
  const inTrunk = chain.filter((link) => isInTrunk(trunk, context.pathOf(link.value) ?? []));
  if (isIsotropic(children) && isIsotropic(inTrunk)) return { links: children, evidence };

  const ends = new Set(chain.filter((link) => endsBlock(context, trunk, closedBy(link))));
  if (ends.size === 0) return null;
  const runs = runsOfEachLevel(chain);
  let isBefore = true;
  const links = runs.flatMap((run) => {
    const own = run.filter((link) => ends.has(link));
    if (own.length > 0) {
      isBefore = false;
      if (run !== runs.at(-1)) return own.slice(-1);
      return lastWithoutHead(context, run, own, closedBy, trunk) ?? [];
    }
    if (!isBefore) return [];
    const maps = run.filter(({ held }) => held !== 'tokens');
    const end = maps.findLast((link) => closedBy(link).some((path) => isUnit(trunk, path)));
    const last = maps.at(-1);
    return end ?? (last !== undefined && isPooled(context, last) ? last : []);
  });
  return { links, evidence };
}

/** Whether a path is a module beside the trunk, or beside one of the modules around it. */
function isUnit(trunk: Trunk, path: ModulePath): boolean {
  return unitOf(trunk, path)?.length === path.length;
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
  const runs = runsOfEachLevel(chain);
  let isStem = true;
  const links = runs.flatMap((run, i) => {
    isStem &&= isStemLevel(context, run, runs[i + 1] ?? []);
    return isStem ? [] : (closingLink(context, run) ?? []);
  });
  return { links, evidence: 'structure' };
}

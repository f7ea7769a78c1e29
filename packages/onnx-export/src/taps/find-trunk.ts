import { isInside, type ModulePath } from '../scopes/module-path.js';
import type { TapContext } from './tap-context.js';

/** The numbered modules that a network is mainly made of, such as `blocks.0` … or `layer1` …. */
export interface Trunk {
  /** Path of the module that holds them. */
  readonly container: ModulePath;
  /** Their names within it, in order of first use. */
  readonly children: ReadonlySet<string>;
}

/** Fewer numbered modules than this are a coincidence. */
const MIN_CHILDREN = 3;

/** What a numbered name is called without its number; null for other names. */
function familyOf(name: string): string | null {
  const match = /^(.*?)(\d+)$/.exec(name);
  return match?.[1] ?? null;
}

interface Family {
  readonly container: ModulePath;
  readonly children: Set<string>;
  nodes: number;
}

/**
 * Finds the family of numbered sibling modules that holds most nodes; the outermost on a tie.
 *
 * Null when the file carries no module paths, or no such family.
 */
export function findTrunk(context: TapContext): Trunk | null {
  const families = new Map<string, Family>();
  for (const node of context.index.nodes) {
    if (!node.outputs.some((name) => context.flow.carriesData(name))) continue;
    const path = context.pathOfNode(node);
    path?.forEach((segment, depth) => {
      const family = familyOf(segment);
      if (family === null) return;
      const container = path.slice(0, depth);
      const key = [...container, family].join('\u0000');
      const entry = families.get(key) ?? { container, children: new Set(), nodes: 0 };
      families.set(key, entry);
      entry.children.add(segment);
      entry.nodes++;
    });
  }
  let best: Family | null = null;
  for (const family of families.values()) {
    if (family.children.size < MIN_CHILDREN) continue;
    const better = family.nodes > (best?.nodes ?? 0);
    const outer = family.nodes === best?.nodes && family.container.length < best.container.length;
    if (best === null || better || outer) best = family;
  }
  return best === null ? null : { container: best.container, children: best.children };
}

/**
 * The unit that a module path belongs to: a child of the trunk, or a module beside the trunk or
 * beside one of the modules around it. Operations of those modules themselves have no unit.
 */
export function unitOf(trunk: Trunk, path: ModulePath): ModulePath | null {
  let shared = 0;
  while (shared < trunk.container.length && path[shared] === trunk.container[shared]) shared++;
  return path.length > shared ? path.slice(0, shared + 1) : null;
}

/** Whether a unit is one of the trunk's numbered children. */
export function isTrunkChild(trunk: Trunk, unit: ModulePath): boolean {
  const name = unit.at(-1) ?? '';
  return (
    unit.length === trunk.container.length + 1 &&
    isInside(unit, trunk.container) &&
    trunk.children.has(name)
  );
}

import type { ModulePath } from '../scopes/module-path.js';
import type { ChainLink } from './chain.js';
import type { TapContext } from './tap-context.js';

/** Key of a module path in maps. */
function keyOf(path: ModulePath, depth: number): string {
  return path.slice(0, depth).join('\u0000');
}

/** For each link, the modules that it ends: no later link of the chain is inside them. */
export function closedModules(
  context: TapContext,
  chain: readonly ChainLink[],
): ReadonlyMap<ChainLink, readonly ModulePath[]> {
  const last = new Map<string, number>();
  const paths = chain.map(({ value }) => context.pathOf(value) ?? []);
  paths.forEach((path, i) => {
    for (let depth = 1; depth <= path.length; depth++) last.set(keyOf(path, depth), i);
  });
  return new Map(
    chain.map((link, i): [ChainLink, ModulePath[]] => {
      const path = paths[i] ?? [];
      const closed: ModulePath[] = [];
      for (let depth = 1; depth <= path.length; depth++) {
        if (last.get(keyOf(path, depth)) === i) closed.push(path.slice(0, depth));
      }
      return [link, closed];
    }),
  );
}

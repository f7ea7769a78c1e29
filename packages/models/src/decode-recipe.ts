import type { ModuleAnchor, TapRecipe } from '@featuretap/core/spec';
import type { RecipeRow } from './architecture-rows.js';

/** `layer1>` or `>fc`. */
function decodeAnchor(text: string): ModuleAnchor {
  return text.startsWith('>')
    ? { module: text.slice(1), at: 'input' }
    : { module: text.slice(0, -1), at: 'output' };
}

/** The recipe that a row stands for. */
export function decodeRecipe(row: RecipeRow): TapRecipe {
  if (typeof row === 'string') {
    return { kind: 'anchors', anchors: row.split(' ').map(decodeAnchor) };
  }
  switch (row[0]) {
    case 'token':
      return { kind: 'token', index: row[1], of: decodeRecipe(row[2]) };
    case 'token-mean':
      return { kind: 'token-mean', from: row[1], of: decodeRecipe(row[2]) };
    case 'mean':
    case 'concat':
      return { kind: row[0], of: row[1].map(decodeRecipe) };
    case 'rearrange':
      return { kind: 'rearrange', shape: row[1], steps: row[2], of: decodeRecipe(row[3]) };
  }
}

const RUN = /\{(\d+)-(\d+)\}/;

/** Writes runs of numbered modules out: `blocks.{0-2}>` is three recipes. */
export function expandRecipes(rows: readonly RecipeRow[]): RecipeRow[] {
  return rows.flatMap((row) => {
    const run = typeof row === 'string' ? RUN.exec(row) : null;
    if (typeof row !== 'string' || run === null) return [row];
    const [first, last] = [Number(run[1]), Number(run[2])];
    return Array.from({ length: last - first + 1 }, (_, i) => row.replace(RUN, `${first + i}`));
  });
}

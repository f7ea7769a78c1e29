import type { TapContext } from './tap-context.js';
import { valueKind } from './value-kind.js';

/** A cut value that holds a feature map, directly or as tokens. */
export interface ChainLink {
  /** Graph value. */
  readonly value: string;
  /** Height and width of the map, positions. */
  readonly size: readonly [number, number];
  /** Channels. */
  readonly channels: number;
  /** How the map is held. */
  readonly held: 'NCHW' | 'NHWC' | 'tokens';
  /** Tokens in front of the positions (class, distillation, registers). */
  readonly prefixTokens: number;
}

/** Most prefix tokens that any known network has is 8 (registers and class token). */
const MAX_PREFIX_TOKENS = 16;

/** The grid of positions that `tokens` tokens stand for: the last map's, or a square. */
function gridOf(
  tokens: number,
  last: readonly [number, number] | null,
): { size: readonly [number, number]; prefixTokens: number } | null {
  if (last !== null) {
    const prefixTokens = tokens - last[0] * last[1];
    if (prefixTokens >= 0 && prefixTokens <= MAX_PREFIX_TOKENS) return { size: last, prefixTokens };
  }
  const side = Math.floor(Math.sqrt(tokens));
  const prefixTokens = tokens - side * side;
  if (side < 2 || prefixTokens > MAX_PREFIX_TOKENS) return null;
  return { size: [side, side], prefixTokens };
}

/** The cut values with positions, in order, with the map that each holds. */
export function featureChain(context: TapContext): ChainLink[] {
  const links: ChainLink[] = [];
  let last: readonly [number, number] | null = null;
  for (const value of context.flow.cuts) {
    const kind = valueKind(context, value);
    if (kind.kind === 'map') {
      last = kind.size;
      const { size, channels, layout } = kind;
      links.push({ value, size, channels, held: layout, prefixTokens: 0 });
    } else if (kind.kind === 'tokens') {
      const grid = gridOf(kind.tokens, last);
      if (grid !== null) links.push({ value, channels: kind.channels, held: 'tokens', ...grid });
    }
  }
  return links;
}

/** Number of positions of a link's map. */
export function positionsOf(link: ChainLink): number {
  return link.size[0] * link.size[1];
}

/** Whether two links hold maps of the same height and width. */
export function sameSize(a: ChainLink, b: ChainLink): boolean {
  return a.size[0] === b.size[0] && a.size[1] === b.size[1];
}

/** The runs of links of equal height and width, in order. */
export function runsOfEachSize(links: readonly ChainLink[]): ChainLink[][] {
  const runs: ChainLink[][] = [];
  for (const link of links) {
    const run = runs.at(-1);
    const [first] = run ?? [];
    if (run !== undefined && first !== undefined && sameSize(first, link)) run.push(link);
    else runs.push([link]);
  }
  return runs;
}

/** The last link of each run of equal height and width. */
export function lastOfEachSize(links: readonly ChainLink[]): ChainLink[] {
  return runsOfEachSize(links).flatMap((run) => run.slice(-1));
}

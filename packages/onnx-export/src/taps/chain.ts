import { MAX_PREFIX_TOKENS } from '../limits.js';
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

/** The last map of a chain, as far as it tells what tokens are. */
interface LastMap {
  readonly size: readonly [number, number];
  readonly channels: number;
}

/**
 * Whether [a, b] holds the elements of the last map in another order than tokens: channels first, or
 * regrouped as group normalisation does.
 */
function isRegrouped(a: number, b: number, last: LastMap | null): boolean {
  if (last === null) return false;
  const positions = last.size[0] * last.size[1];
  return a * b === positions * last.channels && a !== positions;
}

/**
 * Operators whose results are no features: a padded map prepares a convolution and would look like a
 * level of its own; the others give answers, one for each position.
 */
export const NO_FEATURE: ReadonlySet<string> = new Set([
  'Pad',
  'Softmax',
  'LogSoftmax',
  'Sigmoid',
  'ArgMax',
  'ArgMin',
]);

/** Whether a map is the network's own output: a mask or an image, not a feature of one. */
function isAnswer(context: TapContext, value: string): boolean {
  return value === context.output && valueKind(context, value).kind === 'map';
}

/** How far the aspect ratio of a map may be from the input's: sides are rounded. */
const SAME_ASPECT = 1.5;

/** Whether a map has the aspect ratio of the input; what was cut into patches has not. */
function isLikeInput(
  [height, width]: readonly [number, number],
  [inputHeight, inputWidth]: readonly [number, number],
): boolean {
  const ratio = (height * inputWidth) / (width * inputHeight);
  return !(ratio > SAME_ASPECT || ratio < 1 / SAME_ASPECT);
}

/** The cut values with positions, in order, with the map that each holds. */
export function featureChain(context: TapContext): ChainLink[] {
  const links: ChainLink[] = [];
  let last: LastMap | null = null;
  for (const value of context.flow.cuts) {
    if (NO_FEATURE.has(context.producer(value)?.opType ?? '')) continue;
    if (!context.isComputed(value) || isAnswer(context, value)) continue;
    const kind = valueKind(context, value);
    if (kind.kind === 'map') {
      const { size, channels, layout } = kind;
      if (!context.hasUnevenStrides && !isLikeInput(size, context.inputSize)) continue;
      last = { size, channels };
      links.push({ value, size, channels, held: layout, prefixTokens: 0 });
    } else if (kind.kind === 'tokens' && !isRegrouped(kind.tokens, kind.channels, last)) {
      const grid = gridOf(kind.tokens, last?.size ?? null);
      if (grid === null) continue;
      if (last !== null) last = { size: grid.size, channels: kind.channels };
      links.push({ value, channels: kind.channels, held: 'tokens', ...grid });
    }
  }
  return links;
}

/** Whether two links hold maps of the same height and width. */
export function sameSize(a: ChainLink, b: ChainLink): boolean {
  return a.size[0] === b.size[0] && a.size[1] === b.size[1];
}

/**
 * Sides that differ by less belong to one level: convolutions without padding cut a few positions
 * off, where a stride halves them.
 */
const SAME_LEVEL = 1.3;

/** The runs of links of one level of resolution, in order. */
export function runsOfEachLevel(links: readonly ChainLink[]): ChainLink[][] {
  const runs: ChainLink[][] = [];
  for (const link of links) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const ratio = last === undefined ? Infinity : last.size[0] / link.size[0];
    if (run !== undefined && ratio < SAME_LEVEL && ratio > 1 / SAME_LEVEL) run.push(link);
    else runs.push([link]);
  }
  return runs;
}

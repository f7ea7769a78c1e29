import type { EnergyMap } from './channel-energy.js';

/** Part of the positions that may lie below the darkest shade. */
const LOW = 0.02;

/** Part of the positions that lie below the brightest shade. */
const HIGH = 0.995;

/**
 * Part of the height and width that is left out at each edge, at least one position.
 *
 * Zero padding makes the outermost positions of convnets respond several times more strongly than
 * anything in the picture; with them, the picture itself would be a dark even field.
 */
const BORDER = 0.06;

/** Shortest edge from which on the border is left out. */
const MIN_EDGE = 7;

/** Lowest and highest value to show, robust against outliers and border effects. */
export function robustRange({ width, height, values }: EnergyMap): readonly [number, number] {
  const top = border(height);
  const left = border(width);
  const inner: number[] = [];
  for (let y = top; y < height - top; y++) {
    for (let x = left; x < width - left; x++) inner.push(values[y * width + x]!);
  }
  inner.sort((a, b) => a - b);
  const at = (part: number): number => inner[Math.round(part * (inner.length - 1))] ?? 0;
  return [at(LOW), at(HIGH)];
}

function border(size: number): number {
  return size < MIN_EDGE ? 0 : Math.max(1, Math.round(size * BORDER));
}

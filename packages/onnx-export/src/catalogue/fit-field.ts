import type { Adapter, FieldEntry } from '@featuretap/core/spec';
import { MAX_PREFIX_TOKENS } from '../limits.js';
import type { TapContext } from '../taps/tap-context.js';

/** A field's shape in a file, and the adapter from the value that was found. */
export interface Fit {
  /** Adapter, or null when the value is the field. */
  readonly adapter: Adapter | null;
  /** Shape of a sample of the field. */
  readonly shape: readonly number[];
}

/** Sizes of a sample of a value, or null when they are not all known. */
export function sampleShape(context: TapContext, value: string): number[] | null {
  const shape = context.shapeOf(value);
  if (shape === undefined || shape.length === 0 || shape[0] !== context.batch) return null;
  const rest = shape.slice(1);
  return rest.every((dim) => typeof dim === 'number') ? rest : null;
}

/** Whether a side of a map is what an input side of `input` gives, off by one for rounding. */
function isSide(side: number, expected: number): boolean {
  return Math.abs(side - expected) <= 1;
}

/** A stage: [C, H, W], or the same held as [H, W, C], tokens or [C, H·W]. */
export function fitStage(
  sample: readonly number[],
  [channels = 0, height = 0, width = 0]: readonly number[],
  scale: readonly [number, number],
): Fit | null {
  const wanted = [height * scale[0], width * scale[1]] as const;
  const isMap = (h = 0, w = 0): boolean => isSide(h, wanted[0]) && isSide(w, wanted[1]);
  const [a = 0, b = 0, c = 0] = sample;
  if (sample.length === 3) {
    if (a === channels && isMap(b, c)) return { adapter: null, shape: [...sample] };
    if (c === channels && isMap(a, b)) {
      return { adapter: { kind: 'nhwc-to-nchw' }, shape: [c, a, b] };
    }
    return null;
  }
  const size: [number, number] = [Math.round(wanted[0]), Math.round(wanted[1])];
  const shape = [channels, ...size];
  const positions = size[0] * size[1];
  if (sample.length !== 2) return null;
  const prefixTokens = a - positions;
  if (b === channels && prefixTokens >= 0 && prefixTokens <= MAX_PREFIX_TOKENS) {
    return { adapter: { kind: 'tokens-to-map', prefixTokens, size }, shape };
  }
  if (a === channels && b === positions) {
    return { adapter: { kind: 'channels-first-tokens-to-map', size }, shape };
  }
  return null;
}

/** Whether a shape is what an entry's shape becomes at another input size. */
function isScaled(
  shape: readonly number[],
  entry: FieldEntry,
  channelAxis: number,
  scale: readonly [number, number],
): boolean {
  const isSameSize = scale[0] === 1 && scale[1] === 1;
  return shape.every((dim, axis) => {
    const expected = entry.shape[axis] ?? 0;
    if (axis === channelAxis) return dim === expected;
    // Tokens may have others in front of them, so that their number is known at one size only.
    if (shape.length === 2) return !isSameSize || dim === expected;
    return isSide(dim, expected * (axis === (channelAxis === 0 ? 1 : 0) ? scale[0] : scale[1]));
  });
}

/** Unpooled features in the layout that the catalogue states, at any input size. */
export function fitUnpooled(
  sample: readonly number[],
  entry: FieldEntry,
  scale: readonly [number, number],
): Fit | null {
  const { layout } = entry;
  const channelAxis = layout === 'NCHW' || layout === 'NCL' ? 0 : entry.shape.length - 1;
  const [a = 0, b = 0, c = 0] = sample;
  const options: [Adapter | null, number[]][] = [[null, [...sample]]];
  if (sample.length === 3) {
    if (layout === 'NCHW') options.push([{ kind: 'nhwc-to-nchw' }, [c, a, b]]);
    if (layout === 'NHWC') options.push([{ kind: 'nchw-to-nhwc' }, [b, c, a]]);
    if (layout === 'NCL') options.push([{ kind: 'map-to-tokens' }, [a, b * c]]);
  }
  if (sample.length === 2 && entry.shape.length === 2) {
    options.push([{ kind: 'swap-tokens' }, [b, a]]);
  }
  // Optimisers drop a Reshape between tokens and a map where nothing needs it.
  if (sample.length === 3 && layout === 'NLC') {
    options.push([{ kind: 'rearrange', steps: [{ reshape: [a * b, c] }] }, [a * b, c]]);
  }
  if (sample.length === 2 && entry.shape.length === 3) {
    const sides = entry.shape.filter((_, axis) => axis !== channelAxis);
    const [h = 0, w = 0] = sides.map((side, axis) => Math.round(side * (scale[axis] ?? 1)));
    if (a === h * w && layout === 'NHWC') {
      options.push([{ kind: 'rearrange', steps: [{ reshape: [h, w, b] }] }, [h, w, b]]);
    }
    if (a === h * w && layout === 'NCHW') {
      options.push([{ kind: 'tokens-to-map', prefixTokens: 0, size: [h, w] }, [b, h, w]]);
    }
  }
  for (const [adapter, shape] of options) {
    if (shape.length !== entry.shape.length) continue;
    if (isScaled(shape, entry, channelAxis, scale)) return { adapter, shape };
  }
  return null;
}

/** A vector of that width, perhaps with axes of 1. */
export function fitVector(sample: readonly number[], width: number): Fit | null {
  const long = sample.filter((dim) => dim !== 1);
  const isVector = width === 1 ? long.length === 0 : long.length === 1 && long[0] === width;
  if (!isVector) return null;
  return { adapter: sample.length === 1 ? null : { kind: 'flatten' }, shape: [width] };
}

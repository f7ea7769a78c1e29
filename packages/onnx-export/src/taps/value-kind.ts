import type { Dim } from '@featuretap/core/spec';
import type { TapContext } from './tap-context.js';

/** What a value holds for each image, read off its shape. */
export type ValueKind =
  | { readonly kind: 'vector'; readonly size: number }
  | {
      readonly kind: 'map';
      readonly layout: 'NCHW' | 'NHWC';
      readonly channels: number;
      readonly size: readonly [number, number];
    }
  | { readonly kind: 'tokens'; readonly tokens: number; readonly channels: number }
  | { readonly kind: 'other' };

const OTHER: ValueKind = { kind: 'other' };

function mapOf(a: number, b: number, c: number, layout: 'NCHW' | 'NHWC' | undefined): ValueKind {
  const nchw: ValueKind = { kind: 'map', layout: 'NCHW', channels: a, size: [b, c] };
  const nhwc: ValueKind = { kind: 'map', layout: 'NHWC', channels: c, size: [a, b] };
  if (layout !== undefined) return layout === 'NCHW' ? nchw : nhwc;
  // Images are mostly square, so the axes that agree are positions.
  if (b === c && a !== b) return nchw;
  if (a === b && b !== c) return nhwc;
  return c > a && c > b ? nhwc : nchw;
}

/** Classifies a value: a vector [N, D], a map, tokens [N, L, C], or something else. */
export function valueKind(context: TapContext, value: string): ValueKind {
  const shape = context.shapeOf(value);
  if (shape?.[0] !== context.batch) return OTHER;
  const rest = shape.slice(1);
  // A value without elements holds nothing, and a size of 0 is no divisor.
  if (!rest.every((dim): dim is number => typeof dim === 'number' && dim > 0)) return OTHER;
  const [a = 1, b = 1, c = 1] = rest;
  const longAxes = rest.filter((dim) => dim > 1);
  if (rest.length === 1) return { kind: 'vector', size: a };
  if (longAxes.length <= 1) return { kind: 'vector', size: longAxes[0] ?? 1 };
  if (rest.length === 2) return { kind: 'tokens', tokens: a, channels: b };
  return rest.length === 3 ? mapOf(a, b, c, context.layouts.get(value)) : OTHER;
}

/** Whether a value has positions or tokens, so that pooling is still to come. */
export function hasPositions(kind: ValueKind): boolean {
  return kind.kind === 'map' || kind.kind === 'tokens';
}

/** A shape with the batch axis in front. */
export function batched(context: TapContext, ...rest: number[]): Dim[] {
  return [context.batch, ...rest];
}

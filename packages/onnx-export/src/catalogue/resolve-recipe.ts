import type { Adapter, FieldEntry, JoinRecipe, TapRecipe } from '@featuretap/core/spec';
import { pickedToken } from '../taps/picked-token.js';
import type { TapContext } from '../taps/tap-context.js';
import { sampleShape, type Fit } from './fit-field.js';
import type { Candidate, Resolver } from './resolver.js';

/** A value of the file that is a field, with its adapter. */
export interface Resolved extends Fit {
  /** Graph value. */
  readonly value: string;
  /** Module that named it, when one did. */
  readonly module?: string;
}

/** Judges a value by the shape of its sample. */
export type Judge = (sample: readonly number[]) => Fit | null;

function judged(resolver: Resolver, found: readonly Candidate[], judge: Judge): Resolved | null {
  for (const { value, module } of found) {
    const sample = sampleShape(resolver.context, value);
    const fit = sample === null ? null : judge(sample);
    if (fit === null) continue;
    const named = module === undefined ? {} : { module };
    return { ...named, ...withoutAdapter(resolver.context, value, fit) };
  }
  return null;
}

/** Layout operators that, fed from one value, leave no choice of order. */
const FLATTENS = new Set(['Reshape', 'Flatten', 'Squeeze']);

/** Uses the network's own Flatten or Reshape where it makes just what an adapter would make. */
function withoutAdapter(context: TapContext, value: string, fit: Fit): Fit & { value: string } {
  const kind = fit.adapter?.kind;
  if (kind !== 'flatten' && kind !== 'map-to-tokens') return { ...fit, value };
  const own = (context.index.consumersOf.get(value) ?? [])
    .filter(({ opType }) => FLATTENS.has(opType))
    .flatMap(({ outputs }) => outputs)
    .find((name) => sampleShape(context, name)?.join() === fit.shape.join());
  return own === undefined ? { ...fit, value } : { ...fit, adapter: null, value: own };
}

/** Tokens [N, L, C] that a recipe of anchors means. */
function tokens(resolver: Resolver, recipe: TapRecipe, entry: FieldEntry): string | null {
  if (recipe.kind !== 'anchors') return null;
  const [width] = entry.shape;
  const judge: Judge = (sample) =>
    sample.length === 2 && sample[1] === width ? { adapter: null, shape: sample } : null;
  return judged(resolver, resolver.candidates(recipe.anchors, entry), judge)?.value ?? null;
}

/** The token of one tensor that each vector was picked as, when all were: `x[:, i]`. */
function pickedTokens(
  { context }: Resolver,
  values: readonly string[],
): { from: string; tokens: number[] } | null {
  const picks = values.map((value) => pickedToken(context, value));
  const [first] = picks;
  if (!first || picks.some((pick) => pick?.from !== first.from)) return null;
  return { from: first.from, tokens: picks.map((pick) => pick?.index ?? 0).sort((a, b) => a - b) };
}

function joined(resolver: Resolver, recipe: JoinRecipe, width: number): Resolved | null {
  const values = recipe.of.map((part) => {
    if (part.kind !== 'anchors') return null;
    const judge: Judge = (sample) =>
      sample.length === 1 ? { adapter: null, shape: sample } : null;
    return judged(resolver, resolver.part(part.anchors), judge);
  });
  if (!values.every((value) => value !== null)) return null;
  const names = values.map(({ value }) => value);
  const [first = ''] = names;
  const widths = values.map(({ shape }) => shape[0] ?? 0);
  if (recipe.kind === 'concat') {
    const total = widths.reduce((sum, one) => sum + one, 0);
    if (total !== width) return null;
    return { value: first, adapter: { kind: 'concat', values: names }, shape: [width] };
  }
  if (widths.some((one) => one !== width)) return null;
  const picked = pickedTokens(resolver, names);
  if (picked !== null) {
    const adapter: Adapter = { kind: 'token-mean', tokens: picked.tokens };
    return { value: picked.from, adapter, shape: [width] };
  }
  return { value: first, adapter: { kind: 'mean', values: names }, shape: [width] };
}

/**
 * The value of a file that a recipe means, with the adapter that its shape asks for; null when the
 * file does not show the recipe's modules, or only values of other shapes.
 */
export function resolveRecipe(
  resolver: Resolver,
  recipe: TapRecipe,
  entry: FieldEntry,
  judge: Judge,
): Resolved | null {
  const width = entry.shape[0] ?? 0;
  switch (recipe.kind) {
    case 'anchors':
      return judged(resolver, resolver.candidates(recipe.anchors, entry), judge);
    case 'token': {
      const value = tokens(resolver, recipe.of, entry);
      const adapter: Adapter = { kind: 'token', index: recipe.index };
      return value === null ? null : { value, adapter, shape: [width] };
    }
    case 'token-mean': {
      const value = tokens(resolver, recipe.of, entry);
      const adapter: Adapter = { kind: 'token-mean', from: recipe.from };
      return value === null ? null : { value, adapter, shape: [width] };
    }
    case 'mean':
    case 'concat':
      return joined(resolver, recipe, width);
    case 'rearrange': {
      const same: Judge = (sample) =>
        sample.join() === recipe.shape.join()
          ? { adapter: { kind: 'rearrange', steps: [...recipe.steps] }, shape: entry.shape }
          : null;
      return resolveRecipe(resolver, recipe.of, entry, same);
    }
  }
}

import type { Adapter } from '@featuretap/core/spec';
import type { TrueValue } from './truth.js';

/** A planned field as far as it is judged. */
export interface JudgedField {
  /** Graph value, or null when the field is absent. */
  readonly value: string | null;
  /** Adapter of a field that was found. */
  readonly adapter?: Adapter | null;
}

/** Kinds of truth that an adapter makes the field from. */
function kindsOf(adapter: Adapter | null): (kind: string) => boolean {
  const among =
    (...kinds: string[]) =>
    (kind: string) =>
      kinds.includes(kind);
  if (adapter === null) return among('same');
  switch (adapter.kind) {
    case 'flatten':
      return among('nc11', 'n1c', 'n11c');
    case 'nhwc-to-nchw':
      return among('nhwc');
    case 'tokens-to-map':
      return among(adapter.prefixTokens === 0 ? 'nlc' : `nlc+${adapter.prefixTokens}`);
    case 'channels-first-tokens-to-map':
    case 'swap-tokens':
    case 'map-to-tokens':
      return among('ncl');
    case 'token':
      return among(`token${adapter.index}`);
    case 'token-mean':
      return adapter.tokens?.join() === '0,1'
        ? among('mean01')
        : among(adapter.from ? `mean${adapter.from}:` : 'mean');
    case 'spatial-mean':
      return among(adapter.layout === 'NCHW' ? 'spatialmean' : 'spatialmean_nhwc');
    case 'mean':
    case 'concat':
    case 'rearrange':
    case 'nchw-to-nhwc':
      return () => false;
  }
}

/** Adapters that make a field of several values, for which the reference has no single value. */
const MADE_OF_SEVERAL = new Set(['mean', 'concat', 'rearrange']);

/**
 * Whether a planned field is right: a true value with the adapter for its kind.
 *
 * Where the truth is empty, no single value gives the field, so it must be absent or made of several
 * values; numbers are compared by the parity harness. `isAmplified`
 * says that the reference found no value only because rounding grew beyond its tolerance.
 */
export function isRight(
  field: JudgedField,
  truth: readonly TrueValue[],
  isAmplified: boolean,
): boolean {
  const { value, adapter = null } = field;
  if (truth.length === 0) {
    return isAmplified || value === null || MADE_OF_SEVERAL.has(adapter?.kind ?? '');
  }
  if (value === null) return false;
  const fits = kindsOf(adapter);
  return truth.some(([known, kind]) => known === value && fits(kind));
}

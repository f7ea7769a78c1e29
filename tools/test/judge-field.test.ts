import type { Adapter } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { isRight } from '../src/reference/judge-field.js';
import type { TrueValue } from '../src/reference/truth.js';

type Case = readonly [adapter: Adapter | null, kind: string];

const PAIRS: readonly Case[] = [
  [null, 'same'],
  [{ kind: 'flatten' }, 'nc11'],
  [{ kind: 'flatten' }, 'n1c'],
  [{ kind: 'flatten' }, 'n11c'],
  [{ kind: 'nhwc-to-nchw' }, 'nhwc'],
  [{ kind: 'tokens-to-map', prefixTokens: 0, size: [14, 14] }, 'nlc'],
  [{ kind: 'tokens-to-map', prefixTokens: 5, size: [14, 14] }, 'nlc+5'],
  [{ kind: 'channels-first-tokens-to-map', size: [14, 14] }, 'ncl'],
  [{ kind: 'swap-tokens' }, 'ncl'],
  [{ kind: 'map-to-tokens' }, 'ncl'],
  [{ kind: 'token', index: 0 }, 'token0'],
  [{ kind: 'token-mean', tokens: [0, 1] }, 'mean01'],
  [{ kind: 'token-mean' }, 'mean'],
  [{ kind: 'token-mean', from: 0 }, 'mean'],
  [{ kind: 'token-mean', from: 5 }, 'mean5:'],
  [{ kind: 'spatial-mean', layout: 'NCHW' }, 'spatialmean'],
  [{ kind: 'spatial-mean', layout: 'NHWC' }, 'spatialmean_nhwc'],
];

const KINDS = [...new Set(PAIRS.map(([, kind]) => kind))];

function judge(
  value: string | null,
  adapter: Adapter | null,
  truth: readonly TrueValue[],
): boolean {
  return isRight({ value, adapter }, truth, false);
}

describe('isRight', () => {
  it.each(PAIRS)('takes %j for %s', (adapter, kind) => {
    expect(judge('x', adapter, [['x', kind]])).toBe(true);
    // Also when it is one of several true values.
    const several: TrueValue[] = [
      ['y', 'other'],
      ['x', kind],
    ];
    expect(judge('x', adapter, several)).toBe(true);
  });

  it.each(PAIRS)('does not take %j for any kind but its own: %s', (adapter) => {
    const own = PAIRS.filter(([other]) => JSON.stringify(other) === JSON.stringify(adapter));
    const wrong = KINDS.filter((kind) => !own.some(([, known]) => known === kind));
    expect(wrong.length).toBeGreaterThan(8);
    for (const kind of wrong) expect(judge('x', adapter, [['x', kind]]), kind).toBe(false);
  });

  it('does not take another value, whatever its kind', () => {
    expect(judge('x', null, [['y', 'same']])).toBe(false);
    // The kind of one true value and the name of another make no third.
    const crossed: TrueValue[] = [
      ['x', 'nhwc'],
      ['y', 'same'],
    ];
    expect(judge('x', null, crossed)).toBe(false);
  });

  it('takes a missing adapter for none', () => {
    expect(isRight({ value: 'x' }, [['x', 'same']], false)).toBe(true);
    expect(isRight({ value: 'x' }, [['x', 'nhwc']], false)).toBe(false);
  });

  it('does not take an absent field where there is a true value', () => {
    expect(judge(null, null, [['x', 'same']])).toBe(false);
  });

  it.each<Adapter>([
    { kind: 'mean', values: ['x', 'y'] },
    { kind: 'concat', values: ['x', 'y'] },
    { kind: 'rearrange', steps: [{ permute: [1, 0] }] },
    { kind: 'nchw-to-nhwc' },
  ])('does not take $kind where a single value is true', (adapter) => {
    for (const kind of KINDS) expect(judge('x', adapter, [['x', kind]]), kind).toBe(false);
  });

  it.each<Adapter>([
    { kind: 'mean', values: ['x', 'y'] },
    { kind: 'concat', values: ['x', 'y'] },
    { kind: 'rearrange', steps: [{ permute: [1, 0] }] },
  ])('takes $kind where no single value is true', (adapter) => {
    expect(judge('x', adapter, [])).toBe(true);
  });

  it('takes an absent field where no single value is true, and no found one', () => {
    expect(judge(null, null, [])).toBe(true);
    expect(judge('x', null, [])).toBe(false);
    expect(judge('x', { kind: 'token', index: 0 }, [])).toBe(false);
    expect(judge('x', { kind: 'nchw-to-nhwc' }, [])).toBe(false);
  });

  it('judges nothing where rounding hid the true value, but does where it is known', () => {
    expect(isRight({ value: 'x' }, [], true)).toBe(true);
    expect(isRight({ value: 'x' }, [['y', 'same']], true)).toBe(false);
  });
});

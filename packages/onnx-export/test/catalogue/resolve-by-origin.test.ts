import type { OperationKind, TapRecipe } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { planFromEntry } from '../../src/catalogue/plan-from-entry.js';
import { resolveByOrigin } from '../../src/catalogue/resolve-by-origin.js';
import { resolveByModules } from '../../src/catalogue/resolver.js';
import type { ModelSpec } from '../build-model.js';
import { anchors, CNN, CNN_ENTRY, contextOf, field, nameless, TOKENS } from './small-networks.js';

async function candidates(spec: ModelSpec, products: number, operation: OperationKind) {
  const resolver = resolveByOrigin(await contextOf(nameless(spec)));
  return resolver
    .candidates([], field(anchors('unused'), [1], { products, operation }))
    .map(({ value }) => value);
}

/** CNN without what only names differ in: `module` tells who named a value. */
function withoutModules(plan: ReturnType<typeof planFromEntry>): unknown {
  return JSON.parse(JSON.stringify(plan), (key, value: unknown) =>
    key === 'module' ? undefined : value,
  ) as unknown;
}

describe('resolveByOrigin', () => {
  it('finds without names what modules find with them', async () => {
    const named = planFromEntry(resolveByModules(await contextOf(CNN), ''), CNN_ENTRY);
    const unnamed = planFromEntry(resolveByOrigin(await contextOf(nameless(CNN))), CNN_ENTRY);
    expect(named.stages).toMatchObject([{ value: 'stem' }, { value: 'l1' }, { value: 'l2' }]);
    expect(withoutModules(unnamed)).toEqual(withoutModules(named));
    expect(JSON.stringify(unnamed)).not.toContain('"module"');
  });

  it.each<[number, OperationKind, string]>([
    [1, 'product', 's'],
    [1, 'activate', 'stem'],
    [2, 'product', 'c1'],
    [2, 'add', 'a1'],
    [2, 'activate', 'l1'],
    [3, 'pool', 'gap'],
  ])('puts the value of %i products that ends in %s first', async (products, operation, value) => {
    expect((await candidates(CNN, products, operation))[0]).toBe(value);
  });

  it('tells a residual Add from the Add of a bias', async () => {
    const [conv, reshaping, reshape, transpose, matmul, add, ...rest] = TOKENS.nodes;
    const biased: ModelSpec = {
      ...TOKENS,
      nodes: [
        ...[conv!, reshaping!, reshape!, transpose!, matmul!],
        { op: 'Add', inputs: ['m0', 'bias'], output: 'biased' },
        { ...add!, inputs: ['tokens', 'biased'] },
        ...rest,
      ],
      weights: { ...TOKENS.weights, bias: [8] },
    };
    expect((await candidates(biased, 2, 'add'))[0]).toBe('b0');
    expect((await candidates(biased, 2, 'product'))[0]).toBe('biased');
  });

  it('offers rearrangements of a value right behind it', async () => {
    expect((await candidates(TOKENS, 1, 'product')).slice(0, 3)).toEqual(['map', 'ncl', 'tokens']);
  });

  it('offers the rest of that number of products, the last first, when no kind fits', async () => {
    expect(await candidates(CNN, 2, 'concat')).toEqual(['l1', 'a1', 'c1']);
  });

  it('has nothing for a number of products that no value has', async () => {
    expect(await candidates(CNN, 7, 'add')).toEqual([]);
  });

  it('does not find fields that are made of several values', async () => {
    const recipe: TapRecipe = { kind: 'mean', of: [anchors('>head'), anchors('>head_dist')] };
    const entry = {
      ...CNN_ENTRY,
      stages: [],
      reductions: [],
      unpooled: [field(anchors('norm'), [16, 8], { products: 3, operation: 'normalize' as const })],
      pooled: field(recipe, [8], { products: 3, operation: 'multiply' as const }),
    };
    const unnamed = planFromEntry(resolveByOrigin(await contextOf(nameless(TOKENS))), entry);
    expect(unnamed.pooled).toBeNull();
    expect(unnamed.unpooled).toMatchObject({ value: 'normed' });
    const named = planFromEntry(resolveByModules(await contextOf(TOKENS), ''), entry);
    expect(named.pooled).toMatchObject({ adapter: { kind: 'token-mean', tokens: [0, 1] } });
  });
});

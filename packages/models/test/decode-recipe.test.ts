import type { TapRecipe } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import type { RecipeRow } from '../src/architecture-rows.js';
import { decodeRecipe, expandRecipes } from '../src/decode-recipe.js';

const norm: TapRecipe = { kind: 'anchors', anchors: [{ module: 'norm', at: 'output' }] };
const head: TapRecipe = { kind: 'anchors', anchors: [{ module: 'head', at: 'input' }] };

describe('decodeRecipe', () => {
  it.each<[string, RecipeRow, TapRecipe]>([
    ['what a module returns', 'norm>', norm],
    ['what a module takes', '>head', head],
    [
      'several places, best first',
      'act1> >layer1.0 stem.2>',
      {
        kind: 'anchors',
        anchors: [
          { module: 'act1', at: 'output' },
          { module: 'layer1.0', at: 'input' },
          { module: 'stem.2', at: 'output' },
        ],
      },
    ],
    ['a token', ['token', 3, 'norm>'], { kind: 'token', index: 3, of: norm }],
    [
      'the mean from a token on',
      ['token-mean', 5, 'norm>'],
      { kind: 'token-mean', from: 5, of: norm },
    ],
    ['the mean of several', ['mean', ['>head', 'norm>']], { kind: 'mean', of: [head, norm] }],
    ['several in a row', ['concat', ['norm>', '>head']], { kind: 'concat', of: [norm, head] }],
    [
      'elements in another order',
      ['rearrange', [4, 8], [{ reshape: [2, 2, 8] }, { permute: [2, 0, 1] }], 'norm>'],
      {
        kind: 'rearrange',
        shape: [4, 8],
        steps: [{ reshape: [2, 2, 8] }, { permute: [2, 0, 1] }],
        of: norm,
      },
    ],
    [
      'recipes of recipes',
      [
        'concat',
        [
          ['token', 0, 'norm>'],
          ['token-mean', 1, 'norm>'],
        ],
      ],
      {
        kind: 'concat',
        of: [
          { kind: 'token', index: 0, of: norm },
          { kind: 'token-mean', from: 1, of: norm },
        ],
      },
    ],
  ])('decodes %s', (_what, row, recipe) => {
    expect(decodeRecipe(row)).toEqual(recipe);
  });
});

describe('expandRecipes', () => {
  it.each<[string, readonly RecipeRow[], readonly RecipeRow[]]>([
    ['a run', ['blocks.{0-2}>'], ['blocks.0>', 'blocks.1>', 'blocks.2>']],
    ['a run of two digits', ['b.{9-11}>'], ['b.9>', 'b.10>', 'b.11>']],
    ['a run of one', ['b.{7-7}>'], ['b.7>']],
    ['a run inside a path', ['>s.{1-2}.x'], ['>s.1.x', '>s.2.x']],
    [
      'several runs in order',
      ['a.{0-1}>', 'z>', 'b.{3-4}>'],
      ['a.0>', 'a.1>', 'z>', 'b.3>', 'b.4>'],
    ],
    ['nothing to write out', ['a>', ['token', 1, 'b>']], ['a>', ['token', 1, 'b>']]],
    ['no recipes', [], []],
  ])('writes %s out', (_what, rows, expected) => {
    expect(expandRecipes(rows)).toEqual(expected);
  });
});

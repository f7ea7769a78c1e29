import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_GLOB_LENGTH, matchValues } from '../../src/graph/match-values.js';

const NAMES = [
  '/layer3/layer3.0/conv1/Conv_output_0',
  '/layer3/layer3.1/relu/Relu_output_0',
  '/layer4/layer4.0/conv1/Conv_output_0',
  'layer3',
  'layer3_é😀',
  'a*b',
  'a\\*b',
  '[ab]',
  '',
];

/** What a pattern means, written down directly: the slow way. */
function fits(name: string[], pattern: string[]): boolean {
  let reachable = [true, ...name.map(() => false)];
  for (const part of pattern) {
    const next = reachable.map((_, i) =>
      part === '*'
        ? reachable.slice(0, i + 1).includes(true)
        : i > 0 && reachable[i - 1]! && (part === '?' || part === name[i - 1]),
    );
    reachable = next;
  }
  return reachable.at(-1)!;
}

describe('matchValues', () => {
  it.each<[string, string[]]>([
    ['*', NAMES],
    ['**', NAMES],
    ['', ['']],
    ['?', []],
    ['layer3', ['layer3']],
    ['layer3*', ['layer3', 'layer3_é😀']],
    ['*layer3*', NAMES.slice(0, 2).concat('layer3', 'layer3_é😀')],
    ['*/conv1/*', [NAMES[0]!, NAMES[2]!]],
    ['/layer?/*conv1/Conv_output_?', [NAMES[0]!, NAMES[2]!]],
    ['layer3_??', ['layer3_é😀']],
    ['layer3_*😀', ['layer3_é😀']],
    ['[ab]', ['[ab]']],
    ['a?b', ['a*b']],
    ['a\\*b', ['a\\*b']],
    ['LAYER3', []],
    ['layer3?', []],
  ])('finds what fits %s', (glob, expected) => {
    expect(matchValues(NAMES, glob)).toEqual(expected);
  });

  it('keeps the order of names, and those that come twice', () => {
    expect(matchValues(['b', 'a', 'b'], '?')).toEqual(['b', 'a', 'b']);
  });

  it('agrees with the meaning of a pattern', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '😀', '\udc80'), { maxLength: 80 });
    const parts = fc.array(fc.constantFrom('a', 'b', '?', '*', '😀'), { maxLength: 80 });
    fc.assert(
      fc.property(letters, parts, (name, pattern) => {
        const found = matchValues([name.join('')], pattern.join(''));
        expect(found.length === 1).toBe(fits(name, pattern));
      }),
      { numRuns: 2000 },
    );
  });

  it('fits long patterns, whose parts lie in several machine words', () => {
    const name = Array.from({ length: 700 }, (_, i) => String.fromCharCode(97 + (i % 7))).join('');
    for (const at of [31, 32, 33, 63, 64, 65, 500]) {
      const glob = `${name.slice(0, at)}?${name.slice(at + 1, 600)}*g`;
      expect(matchValues([name, `${name}a`], glob), `${at}`).toEqual([name]);
    }
  });

  it('takes linear time for a name and a pattern that make others go back', () => {
    const name = 'a'.repeat(1 << 20);
    const glob = `${'a*'.repeat(400)}b`;
    const start = performance.now();
    expect(matchValues([name], glob)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('refuses a pattern that is too long', () => {
    expect(() => matchValues([], '*'.repeat(MAX_GLOB_LENGTH + 1))).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  });
});

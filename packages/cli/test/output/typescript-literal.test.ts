import { runInThisContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { typescriptLiteral } from '../../src/output/typescript-literal.js';

/** What the expression is when it runs: the only proof that nothing escapes a string. */
function evaluated(expression: string): unknown {
  return runInThisContext(`(${expression})`);
}

const HOSTILE = [
  `'; throw new Error("out"); '`,
  '"; throw 1; "',
  '\'"`${process.exit(1)}',
  '\\',
  "\\'",
  '\\\\"\'',
  '*/ throw 1; /*',
  'line\nbreak\r\u2028\u2029',
  '\u0000\u001b[2J\u007f\u009b',
  'right\u202eto\u2066left',
  'zero\u200bwidth\ufeff',
  'tags \u{e0041}\u{e0042}',
  'half \ud800 of a pair',
  '日本語 🦆',
  '',
];

describe('typescriptLiteral', () => {
  it.each(HOSTILE)('keeps the string %j in its quotes', (text) => {
    expect(evaluated(typescriptLiteral(text))).toBe(text);
    expect(evaluated(typescriptLiteral({ a: [text], [text]: { b: text } }))).toEqual({
      a: [text],
      [text]: { b: text },
    });
  });

  it('escapes what hides or reorders text', () => {
    for (const text of HOSTILE) {
      const lines = typescriptLiteral({ [text]: text }).split('\n');
      for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }
  });

  it('makes a property of __proto__', () => {
    const value: unknown = JSON.parse('{"__proto__": {"a": 1}}');
    const made = evaluated(typescriptLiteral(value));
    expect(Object.keys(made as object)).toEqual(['__proto__']);
  });

  it.each<[unknown, string]>([
    [null, 'null'],
    [true, 'true'],
    [0.875, '0.875'],
    [-1e-7, '-1e-7'],
    [[], '[]'],
    [{}, '{}'],
    [['batch', 3], "['batch', 3]"],
    ["it's", '"it\'s"'],
    [{ a: undefined, b: 1 }, '{\n  b: 1,\n}'],
    [{ 'a-b': [{ c: 'd' }] }, "{\n  'a-b': [\n    {\n      c: 'd',\n    },\n  ],\n}"],
  ])('writes %j', (value, expected) => {
    expect(typescriptLiteral(value)).toBe(expected);
  });

  it('breaks lines of more than 100 columns where they can be broken', () => {
    const value = {
      names: Array.from({ length: 30 }, (_, i) => `class ${i}`),
      sizes: Array.from({ length: 60 }, (_, i) => 1000 + i),
      reason: 'a long reason '.repeat(6).trim(),
    };
    const text = typescriptLiteral(value);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(evaluated(text)).toEqual(value);
  });
});

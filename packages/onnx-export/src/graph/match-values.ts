import { FeaturetapError } from '@featuretap/core/spec';

/** Longest pattern, characters: the time of a match grows with it, and no name is longer. */
export const MAX_GLOB_LENGTH = 1000;

const WORD = 32;

/** A pattern as sets of positions, one bit each: position i stands behind i characters of it. */
interface Glob {
  /** Characters that the pattern asks for. */
  readonly length: number;
  /** Positions in front of a character that fits, by code point. */
  readonly fits: ReadonlyMap<number, Uint32Array>;
  /** Positions in front of a `?`, which every character fits. */
  readonly any: Uint32Array;
  /** Positions at a `*`, where any character may be skipped. */
  readonly stays: Uint32Array;
}

function setBit(words: Uint32Array, bit: number): void {
  words[Math.floor(bit / WORD)]! |= 1 << (bit % WORD);
}

function compile(pattern: string): Glob {
  const characters = Array.from(pattern, (character) => character.codePointAt(0)!);
  if (characters.length > MAX_GLOB_LENGTH) {
    throw new FeaturetapError(
      'OPTION_INVALID',
      `Expected a pattern of at most ${MAX_GLOB_LENGTH} characters, got ${characters.length}. ` +
        'Shorten it with a *.',
    );
  }
  const [star, question] = [0x2a, 0x3f];
  const words = Math.floor(characters.length / WORD) + 1;
  const any = new Uint32Array(words);
  const stays = new Uint32Array(words);
  let length = 0;
  const positions = new Map<number, number[]>();
  for (const character of characters) {
    if (character === star) setBit(stays, length);
    else {
      if (character === question) setBit(any, length);
      else if (positions.has(character)) positions.get(character)!.push(length);
      else positions.set(character, [length]);
      length++;
    }
  }
  const fits = new Map<number, Uint32Array>();
  for (const [character, bits] of positions) {
    const set = any.slice();
    for (const bit of bits) setBit(set, bit);
    fits.set(character, set);
  }
  return { length, fits, any, stays };
}

/** Follows all positions that the pattern can be at, side by side, so nothing is tried again. */
function matches(name: string, { length, fits, any, stays }: Glob): boolean {
  const at = new Uint32Array(any.length);
  at[0] = 1;
  for (let i = 0; i < name.length;) {
    const character = name.codePointAt(i)!;
    i += character > 0xffff ? 2 : 1;
    const fit = fits.get(character) ?? any;
    let carry = 0;
    let alive = 0;
    for (let word = 0; word < at.length; word++) {
      const moving = at[word]! & fit[word]!;
      const next = ((moving << 1) | carry | (at[word]! & stays[word]!)) >>> 0;
      carry = moving >>> (WORD - 1);
      at[word] = next;
      alive |= next;
    }
    if (alive === 0) return false;
  }
  return (at[Math.floor(length / WORD)]! & (1 << (length % WORD))) !== 0;
}

/**
 * Names that fit a pattern, in their order: `*` stands for any run of characters (slashes too), `?`
 * for one character, everything else for itself.
 *
 * The time is linear in the length of the names, whatever the pattern.
 *
 * @throws FeaturetapError `OPTION_INVALID` when the pattern is longer than `MAX_GLOB_LENGTH`
 */
export function matchValues(names: Iterable<string>, glob: string): string[] {
  const compiled = compile(glob);
  const found: string[] = [];
  for (const name of names) if (matches(name, compiled)) found.push(name);
  return found;
}

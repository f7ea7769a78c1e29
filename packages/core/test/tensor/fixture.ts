import { readFileSync } from 'node:fs';

/** Bytes of a committed fixture, by its path below `test/fixtures`. */
export function fixture(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../fixtures/${path}`, import.meta.url)));
}

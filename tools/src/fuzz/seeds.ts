import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { buildSeeds } from './build-seeds.js';
import { toTree, type Field } from './wire-tree.js';

const FIXTURES = new URL('../../../packages/onnx-export/test/fixtures/', import.meta.url);

/** Larger models are slow to try: they are drawn less often. */
const SMALL_BYTES = 16_000;

/** A model that cases start from. */
export interface Seed {
  /** Name, unique. */
  readonly name: string;
  /** Its fields, not to be changed; null when it is no protobuf. */
  readonly tree: readonly Field[] | null;
  /** The file's bytes. */
  readonly bytes: Uint8Array;
  /** Whether it is quick to try. */
  readonly isSmall: boolean;
}

function filesOf(folder: string, ending: string): [string, Uint8Array][] {
  const base = new URL(folder, FIXTURES);
  return readdirSync(base)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => [name.slice(0, -ending.length), readFileSync(new URL(name, base))]);
}

/** All seeds: the fixtures of the surgery package, the hostile corpus, and generated models. */
export function loadSeeds(): readonly Seed[] {
  const all: [string, Uint8Array][] = [
    ...filesOf('models/', '.onnx'),
    ...filesOf('exports/', '.onnx.gz').map(([name, bytes]): [string, Uint8Array] => [
      name,
      gunzipSync(bytes),
    ]),
    ...Object.entries(buildSeeds()),
    ...filesOf('hostile/', '.onnx.gz').map(([name, bytes]): [string, Uint8Array] => [
      `hostile-${name}`,
      gunzipSync(bytes),
    ]),
  ];
  return all.map(([name, bytes]) => ({
    name,
    tree: toTree(bytes, 'Model'),
    bytes: Uint8Array.from(bytes),
    isSmall: bytes.length <= SMALL_BYTES,
  }));
}

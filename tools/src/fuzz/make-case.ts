import { BOMBS } from './bombs.js';
import { BYTE_MUTATIONS, noise } from './mutate-bytes.js';
import { GRAPH_MUTATIONS } from './mutate-graph.js';
import { WIRE_MUTATIONS } from './mutate-wire.js';
import { copyOf } from './places.js';
import { createRandom, type Random } from './random.js';
import type { Seed } from './seeds.js';
import { toBytes, toTree, type Field } from './wire-tree.js';

/**
 * How a case is made: a seed model, and the numbers of the rounds of mutations that it went
 * through. The same name always gives the same bytes, whatever was run before.
 */
export interface CaseName {
  /** Seed of the run. */
  readonly seed: string;
  /** Name of the model it starts from. */
  readonly start: string;
  /** Numbers of the rounds, oldest first. */
  readonly rounds: readonly number[];
}

/** Largest input that is made, bytes; larger ones are cut. */
const MAX_CASE_BYTES = 1 << 22;

/** Draws the model that a fresh case starts from. */
export function drawStart(seed: string, number: number, seeds: readonly Seed[]): CaseName {
  const random = createRandom(`${seed} start ${number}`);
  const small = seeds.filter(({ isSmall }) => isSmall);
  const { name } = random.pick(random.oneIn(40) ? seeds : small);
  return { seed, start: name, rounds: [number] };
}

/** Cases that are not drawn: files that unfold into something large. */
export function bombCases(seed: string): CaseName[] {
  return Object.keys(BOMBS).map((start) => ({ seed, start, rounds: [0] }));
}

/** The name as text, such as `conv:12.904`. */
export function formatCase({ start, rounds }: CaseName): string {
  return `${start}:${rounds.join('.')}`;
}

/** Reads what {@link formatCase} writes; null for anything else. */
export function parseCase(seed: string, text: string): CaseName | null {
  const match = /^(.+):(\d+(?:\.\d+)*)$/.exec(text);
  if (match === null) return null;
  return { seed, start: match[1]!, rounds: match[2]!.split('.').map(Number) };
}

function mutateTree(tree: Field[], random: Random, seeds: readonly Seed[]): Uint8Array {
  const other = random.pick(seeds).tree ?? [];
  for (let i = random.int(4); i >= 0; i--) {
    const mutate = random.pick(random.oneIn(2) ? WIRE_MUTATIONS : GRAPH_MUTATIONS);
    mutate(tree, random, other);
  }
  return toBytes(tree);
}

/** Inputs that others were made from lately, by name: most cases are one round behind an earlier one. */
const recent = new Map<string, Uint8Array>();

/** Inputs that are remembered. */
const MAX_RECENT = 500;

function remember(name: string, bytes: Uint8Array): void {
  recent.set(name, bytes);
  const [oldest] = recent.keys();
  if (recent.size > MAX_RECENT && oldest !== undefined) recent.delete(oldest);
}

/** The bytes of a case. */
export function makeCase(name: CaseName, seeds: readonly Seed[]): Uint8Array {
  const { seed, start, rounds } = name;
  const bomb = BOMBS[start];
  if (bomb !== undefined) return bomb();
  const found = seeds.find((model) => model.name === start);
  if (found === undefined) throw new Error(`no seed model is named ${start}`);
  const round = rounds.at(-1);
  if (round === undefined) return Uint8Array.from(found.bytes);
  const parent = { seed, start, rounds: rounds.slice(0, -1) };
  const key = `${seed} ${formatCase(parent)}`;
  const before =
    parent.rounds.length === 0 ? found.bytes : (recent.get(key) ?? makeCase(parent, seeds));
  if (parent.rounds.length > 0) remember(key, before);
  const random = createRandom(`${seed} round ${round}`);
  const tree = before === found.bytes ? found.tree?.map(copyOf) : toTree(before, 'Model');
  const small = seeds.filter(({ isSmall }) => isSmall);
  let bytes = tree ? mutateTree(tree, random, small).subarray(0, MAX_CASE_BYTES) : before;
  if (random.oneIn(4)) {
    for (let i = random.int(2); i >= 0; i--) {
      bytes = random.pick(BYTE_MUTATIONS)(Uint8Array.from(bytes), random);
    }
  }
  return Uint8Array.from(noise(bytes, random));
}

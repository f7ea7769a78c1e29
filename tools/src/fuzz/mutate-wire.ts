// Mutations of the protobuf encoding: fields in other orders, numbers, lengths and types.
import { EDGE_NUMBERS } from './hostile-values.js';
import { MESSAGES } from './message-kinds.js';
import { allPlaces, copyOf, type Place } from './places.js';
import type { Random } from './random.js';
import { bytesOf, isLeaf, isParent, type Field } from './wire-tree.js';

/** Changes a model's tree in place; `other` is a tree to take fields from. */
export type TreeMutation = (model: Field[], random: Random, other: readonly Field[]) => void;

/** A field of the model; deep fields are as likely as outer ones. */
function anyPlace(model: readonly Field[], random: Random): Place | undefined {
  const places = allPlaces(model);
  return places.length === 0 ? undefined : random.pick(places);
}

const remove: TreeMutation = (model, random) => {
  const place = anyPlace(model, random);
  place?.siblings.splice(place.index, 1);
};

const duplicate: TreeMutation = (model, random) => {
  const place = anyPlace(model, random);
  if (place === undefined) return;
  const at = random.oneIn(2) ? place.index : random.int(place.siblings.length + 1);
  place.siblings.splice(at, 0, copyOf(place.field));
};

/** Copies made at most by {@link multiply}: enough to show a cost that grows too fast. */
const MAX_COPIES = 1 << 13;

/** Bytes that copies may add, so that cases stay small. */
const MAX_ADDED_FIELDS = 1 << 14;

function countFields(field: Field): number {
  return isParent(field) ? allPlaces(field.members).length + 1 : 1;
}

const multiply: TreeMutation = (model, random) => {
  const place = anyPlace(model, random);
  if (place === undefined) return;
  const wanted = 1 << random.int(Math.log2(MAX_COPIES) + 1);
  const count = Math.min(wanted, Math.ceil(MAX_ADDED_FIELDS / countFields(place.field)));
  const copies = Array.from({ length: random.oneIn(4) ? count : Math.min(count, 40) }, () =>
    copyOf(place.field),
  );
  place.siblings.splice(place.index, 0, ...copies);
};

const reorder: TreeMutation = (model, random) => {
  const place = anyPlace(model, random);
  if (place === undefined) return;
  const { siblings } = place;
  if (random.oneIn(3)) {
    siblings.reverse();
    return;
  }
  const [moved] = siblings.splice(place.index, 1);
  if (moved !== undefined) siblings.splice(random.int(siblings.length + 1), 0, moved);
};

const claimLength: TreeMutation = (model, random) => {
  const places = allPlaces(model).filter(({ field }) => isLeaf(field) || isParent(field));
  const { field } = places[random.int(places.length)] ?? {};
  if (field === undefined || 'value' in field) return;
  const length = field.bytes?.length ?? 0;
  field.claim = random.oneIn(2)
    ? random.pick(EDGE_NUMBERS)
    : BigInt(Math.max(0, length + random.int(9) - 4));
};

const renumber: TreeMutation = (model, random) => {
  const place = anyPlace(model, random);
  if (place === undefined) return;
  const known = Object.keys(MESSAGES[place.message]).map(Number);
  place.field.number = random.pick([
    ...known,
    ...known,
    0,
    6,
    99,
    18_999,
    536_870_000,
    536_870_911,
  ]);
};

const retype: TreeMutation = (model, random) => {
  const place = anyPlace(model, random);
  if (place !== undefined) place.field.wireType = random.int(8);
};

const edgeNumber: TreeMutation = (model, random) => {
  const places = allPlaces(model).filter(({ field }) => 'value' in field);
  const { field } = places[random.int(places.length)] ?? {};
  if (field === undefined || !('value' in field)) return;
  if (random.oneIn(5)) field.padding = 1 + random.int(10);
  else if (random.oneIn(3))
    field.value = BigInt.asUintN(64, field.value + BigInt(random.int(5) - 2));
  else field.value = random.pick(EDGE_NUMBERS);
};

const leafBytes: TreeMutation = (model, random) => {
  const leaves = allPlaces(model).flatMap(({ field }) => (isLeaf(field) ? [field] : []));
  const leaf = leaves[random.int(leaves.length)];
  if (leaf === undefined) return;
  const bytes = Uint8Array.from(leaf.bytes);
  for (let i = random.int(3); i >= 0 && bytes.length > 0; i--) {
    bytes[random.int(bytes.length)] = random.oneIn(2)
      ? random.int(256)
      : random.pick([0, 0x22, 0x2d, 0x30, 0x31, 0x39, 0x5b, 0x7b, 0x80, 0xff]);
  }
  leaf.bytes = bytes;
};

/** Writes one packed list as single numbers, which parsers must accept, or joins numbers to a list. */
const repack: TreeMutation = (model, random) => {
  const places = allPlaces(model).filter(
    ({ field, message }) => MESSAGES[message][field.number] === 'packed',
  );
  const place = places[random.int(places.length)];
  if (place === undefined) return;
  const { field, siblings, index } = place;
  if ('value' in field) {
    const list = Array.from({ length: 1 + random.int(300) }, () => random.int(128));
    siblings[index] = bytesOf(field.number, Uint8Array.from(list), 'packed');
  } else {
    const single = random.pick(EDGE_NUMBERS);
    siblings[index] = { number: field.number, wireType: 0, value: single };
  }
};

/** Puts a field of another model where one of its kind belongs. */
const splice: TreeMutation = (model, random, other) => {
  const donor = anyPlace(other, random);
  if (donor === undefined) return;
  const hosts = allPlaces(model).filter(({ message }) => message === donor.message);
  const host = hosts[random.int(hosts.length)];
  if (host === undefined) return;
  const same = host.siblings.findIndex(({ number }) => number === donor.field.number);
  const replaces = same >= 0 && random.oneIn(2);
  const at = replaces ? same : random.int(host.siblings.length + 1);
  host.siblings.splice(at, replaces ? 1 : 0, copyOf(donor.field));
};

/** All of them. */
export const WIRE_MUTATIONS: readonly TreeMutation[] = [
  remove,
  remove,
  duplicate,
  multiply,
  reorder,
  claimLength,
  renumber,
  retype,
  edgeNumber,
  edgeNumber,
  leafBytes,
  repack,
  splice,
  splice,
];

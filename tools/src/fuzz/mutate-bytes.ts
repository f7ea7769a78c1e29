// Mutations that know nothing of protobuf.
import { EDGE_NUMBERS } from './hostile-values.js';
import type { Random } from './random.js';

/** Changes bytes; may return the same array, changed. */
export type ByteMutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const flipBits: ByteMutation = (bytes, random) => {
  for (let i = random.int(6); i >= 0; i--) {
    const at = random.int(bytes.length);
    if (at < bytes.length) bytes[at]! ^= 1 << random.int(8);
  }
  return bytes;
};

const truncate: ByteMutation = (bytes, random) => bytes.subarray(0, random.int(bytes.length));

const setByte: ByteMutation = (bytes, random) => {
  const at = random.int(bytes.length);
  if (at < bytes.length) bytes[at] = random.pick([0, 1, 0x7f, 0x80, 0xff, 0x3a, 0x0a, 0x12]);
  return bytes;
};

const cutOut: ByteMutation = (bytes, random) => {
  const start = random.int(bytes.length);
  const end = Math.min(bytes.length, start + 1 + random.int(1 + random.int(200)));
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
};

const repeatRange: ByteMutation = (bytes, random) => {
  const start = random.int(bytes.length);
  const end = Math.min(bytes.length, start + 1 + random.int(100));
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
};

const insertNumber: ByteMutation = (bytes, random) => {
  const at = random.int(bytes.length + 1);
  const inserted: number[] = [];
  for (let rest = random.pick(EDGE_NUMBERS); ; rest >>= 7n) {
    if (rest < 128n) {
      inserted.push(Number(rest));
      break;
    }
    inserted.push(Number(rest & 127n) | 128);
  }
  return Buffer.concat([bytes.subarray(0, at), Uint8Array.from(inserted), bytes.subarray(at)]);
};

const appendNoise: ByteMutation = (bytes, random) => {
  const noise = Uint8Array.from({ length: 1 + random.int(64) }, () => random.int(256));
  return Buffer.concat([bytes, noise]);
};

const onlyNoise: ByteMutation = (_bytes, random) =>
  Uint8Array.from({ length: random.int(400) }, () => random.int(256));

/** All of them; those worth more are listed more often. */
export const BYTE_MUTATIONS: readonly ByteMutation[] = [
  flipBits,
  flipBits,
  flipBits,
  setByte,
  truncate,
  cutOut,
  repeatRange,
  insertNumber,
  appendNoise,
];

/** Bytes that owe nothing to a model; one case in some hundreds is enough of them. */
export const noise: ByteMutation = (bytes, random) =>
  random.oneIn(100) ? onlyNoise(bytes, random) : bytes;

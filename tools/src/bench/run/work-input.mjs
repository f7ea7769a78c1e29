// The input of a work, read once.
import { readFileSync } from 'node:fs';

/** @typedef {import('./protocol.js').FieldValues} FieldValues */

/** Most elements of a field that are compared. */
const MOST_VALUES = 4096;

/** @type {Map<string, Float32Array>} */
const files = new Map();

/**
 * The first rows of a file of float32.
 *
 * @param {string} file
 * @param {readonly number[]} shape of one row
 * @param {number} rows
 */
export function readRows(file, shape, rows) {
  let all = files.get(file);
  if (all === undefined) {
    const bytes = readFileSync(file);
    all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
    files.set(file, all);
  }
  const data = all.subarray(0, rows * shape.reduce((size, dim) => size * dim, 1));
  return { dtype: /** @type {const} */ ('float32'), shape: [rows, ...shape], data };
}

/**
 * A field, thinned out evenly.
 *
 * @param {readonly number[]} shape
 * @param {ArrayLike<number>} data
 * @returns {FieldValues}
 */
export function thinOut(shape, data) {
  const step = Math.ceil(data.length / MOST_VALUES);
  const count = Math.ceil(data.length / step);
  return {
    shape: [...shape],
    values: Array.from({ length: count }, (_, i) => data[i * step] ?? NaN),
  };
}

/**
 * The parts of a list, in order.
 *
 * @template T
 * @param {readonly T[]} items
 * @param {number} size
 */
export function* parts(items, size) {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

// The public API of @featuretap/core, as built.
import { readRows, thinOut } from './work-input.mjs';

/** @typedef {import('./protocol.js').ExtractorSpec} ExtractorSpec */
/** @typedef {import('./protocol.js').Work} Work */
/** @typedef {import('@featuretap/core').Tensor} Tensor */

/**
 * Items of a stream.
 *
 * @param {Exclude<Work, { kind: 'tensor' }>} work
 * @returns {readonly import('@featuretap/core').ExtractorInput[]}
 */
function itemsOf(work) {
  if (work.kind === 'images') return work.files;
  const { shape, data } = readRows(work.file, work.shape, 1);
  const size = shape.slice(1).reduce((product, dim) => product * dim, 1);
  return Array.from({ length: work.count }, (_, i) => {
    const row = i % (shape[0] ?? 1);
    const one = data.subarray(row * size, (row + 1) * size);
    return { dtype: /** @type {const} */ ('float32'), shape: [1, ...shape.slice(1)], data: one };
  });
}

/** Tensors of a record by field. @param {Record<string, unknown>} record */
function* tensorsOf(record) {
  for (const [field, value] of Object.entries(record)) {
    const list = /** @type {Tensor[]} */ ([value].flat());
    for (const [index, tensor] of list.entries()) {
      yield /** @type {const} */ ([field === 'stages' ? `stages.${index}` : field, tensor]);
    }
  }
}

/**
 * Elements of records of one row each, stacked.
 *
 * @param {readonly Record<string, unknown>[]} records
 */
function stack(records) {
  /** @type {Map<string, Tensor[]>} */
  const rows = new Map();
  for (const record of records) {
    for (const [field, tensor] of tensorsOf(record)) {
      rows.set(field, [...(rows.get(field) ?? []), tensor]);
    }
  }
  /** @type {Record<string, import('./protocol.js').FieldValues>} */
  const values = {};
  for (const [field, tensors] of rows) {
    const shape = [tensors.reduce((sum, t) => sum + (t.shape[0] ?? 0), 0)];
    const elements = tensors.flatMap(({ data }) => Array.from(data, Number));
    values[field] = thinOut([...shape, ...(tensors[0]?.shape.slice(1) ?? [])], elements);
  }
  return values;
}

/** @param {ExtractorSpec} spec */
export async function openExtractor({ file, options, fields }) {
  const { createExtractor } = await import('@featuretap/core');
  const selection = fields === null ? {} : { fields: /** @type {'pooled'[]} */ ([...fields]) };
  const load = async () => {
    const extractor = await createExtractor(file, options);
    /** @param {Work} work */
    async function run(work) {
      if (work.kind === 'tensor') {
        const input = readRows(work.file, work.shape, work.batch);
        const record = await extractor.run(input, selection);
        return { images: work.batch, values: () => stack([{ ...record }]) };
      }
      const items = itemsOf(work);
      let images = 0;
      /** @type {Record<string, unknown>[]} */
      const kept = [];
      const stream = extractor.stream(items, { ...selection, batchSize: work.batch });
      for await (const { record, error } of stream) {
        if (error !== undefined) throw error;
        images++;
        // The first few are enough to compare; all would keep every batch in memory.
        if (kept.length < 3) kept.push({ ...record });
      }
      if (images !== items.length)
        throw new Error(`Expected ${items.length} records, got ${images}.`);
      return { images, values: () => stack(kept) };
    }
    const { compiled } = extractor;
    const state = compiled?.state === 'failed' ? compiled.reason : (compiled?.state ?? null);
    return { run, compiled: state, close: () => extractor.close() };
  };
  return { load };
}

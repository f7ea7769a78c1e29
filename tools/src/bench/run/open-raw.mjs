// onnxruntime-node without anything around it.
import { readRows, thinOut } from './work-input.mjs';

/** @typedef {import('./protocol.js').RawSpec} RawSpec */
/** @typedef {import('./protocol.js').Work} Work */

/** @param {RawSpec} spec */
export async function openRaw({ sessions: wanted, threads }) {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const load = async () => {
    /** @type {{ session: import('onnxruntime-node').InferenceSession, input: string, outputs: [string, string][] }[]} */
    const sessions = [];
    for (const { file, input, outputs } of wanted) {
      const session = await InferenceSession.create(file, {
        executionProviders: ['cpu'],
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        extra: {
          session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } },
        },
      });
      sessions.push({ session, input, outputs: Object.entries(outputs) });
    }
    /** @param {Work} work */
    async function run(work) {
      if (work.kind !== 'tensor') throw new Error(`Expected tensor work, got ${work.kind}.`);
      const { shape, data } = readRows(work.file, work.shape, work.batch);
      /** @type {Record<string, import('./protocol.js').FieldValues>} */
      const values = {};
      /** @type {[string, import('onnxruntime-node').Tensor][]} */
      const found = [];
      for (const { session, input, outputs } of sessions) {
        const feed = { [input]: new Tensor('float32', data, shape) };
        const results = await session.run(feed, [...new Set(outputs.map(([, name]) => name))]);
        for (const [field, name] of outputs) {
          const tensor = results[name];
          if (tensor === undefined) throw new Error(`Expected ${name}, got nothing.`);
          found.push([field, tensor]);
        }
      }
      return {
        images: work.batch,
        values: () => {
          for (const [field, { dims, data: elements }] of found) {
            values[field] = thinOut(dims, /** @type {Float32Array} */ (elements));
          }
          return values;
        },
      };
    }
    return { run, compiled: null };
  };
  return { load };
}

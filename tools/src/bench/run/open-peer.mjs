// The pipeline of @huggingface/transformers over local files only.
import { parts, thinOut } from './work-input.mjs';

/** @typedef {import('./protocol.js').PeerSpec} PeerSpec */
/** @typedef {import('./protocol.js').Work} Work */
/** @typedef {{ dims: number[], data: Float32Array }} PeerTensor */

/** @param {PeerSpec} spec */
export async function openPeer({ module, models, name, input }) {
  const { env, pipeline } = await import(module);
  env.allowRemoteModels = false;
  env.localModelPath = models;
  const load = async () => {
    const extract = await pipeline('image-feature-extraction', name, {
      dtype: 'fp32',
      device: 'cpu',
    });
    const { model } = extract;
    if (input !== 'pixel_values') {
      // The model of the pipeline hands on what has the name of an input.
      /** @param {{ pixel_values: unknown }} feed */
      extract.model = (feed) => model({ ...feed, [input]: feed.pixel_values });
    }
    /** @param {Work} work */
    async function run(work) {
      if (work.kind !== 'images') throw new Error(`Expected images, got ${work.kind}.`);
      let images = 0;
      /** @type {PeerTensor[]} */
      const results = [];
      for (const files of parts(work.files, work.batch)) {
        const result = await extract(work.batch === 1 ? files[0] : files);
        images += result.dims[0];
        results.push(result);
      }
      if (images !== work.files.length) {
        throw new Error(`Expected ${work.files.length} rows, got ${images}.`);
      }
      return {
        images,
        values: () => {
          const rows = results.flatMap(({ dims, data }) =>
            Array.from({ length: dims[0] ?? 0 }, (_, row) => {
              const size = data.length / (dims[0] ?? 1);
              return Array.from(data.subarray(row * size, (row + 1) * size));
            }),
          );
          const kept = rows.slice(0, 3);
          return { logits: thinOut([kept.length, kept[0]?.length ?? 0], kept.flat()) };
        },
      };
    }
    return { run, compiled: null, close: () => model.dispose() };
  };
  return { load };
}

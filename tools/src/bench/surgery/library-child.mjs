// Taps once through the built library; the imports are timed apart from the work.
//   node library-child.mjs MODEL OUT link|copy [no-sync]
const [, , model = '', out = '', weights = '', sync = ''] = process.argv;
const begin = process.hrtime.bigint();
const { tapFile } = await import('@featuretap/onnx-export/node');
const { timmCatalogue: catalogue } = await import('@featuretap/models');
const imported = process.hrtime.bigint();
/** @type {object} */
const request = { catalogue, weights, sync: sync !== 'no-sync' };
await tapFile(model, out, request);
const done = process.hrtime.bigint();
console.log(
  JSON.stringify({
    importMs: Number(imported - begin) / 1e6,
    workMs: Number(done - imported) / 1e6,
    // Kilobytes on every system that Node runs on.
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }),
);

// #region stream
import { writeFile } from 'node:fs/promises';
import { createExtractor } from '@featuretap/core';
import { demoModel, demoPhotos, demoPreprocess as preprocess } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';

await tapFile(demoModel, 'demo.taps.onnx', { preprocess });
await writeFile('broken.jpg', 'no picture');

// Photos from any iterable, also an asynchronous one; one file is none.
function* images() {
  const photos = Object.values(demoPhotos);
  for (let i = 0; i < 40; i++) yield i === 20 ? 'broken.jpg' : photos[i % photos.length]!;
}

// Workers as processes, one for each core, so that a crash costs one batch.
await using extractor = await createExtractor('demo.taps.onnx', { isolation: 'process' });

// slice() keeps one vector; row(0) alone is a view that keeps its whole batch in memory.
// A file may hold float16, as 16-bit integers; with the option `manifest` the compiler knows.
const vectors: (Float32Array | Uint16Array)[] = [];
for await (const { index, item, record, error } of extractor.stream(images(), {
  fields: ['pooled'],
  batchSize: 4,
})) {
  if (error === undefined) vectors.push(record.pooled.row(0).slice());
  else console.log(`image ${index} (${String(item)}): ${error.code}`);
}
console.log(`${vectors.length} vectors of ${vectors[0]?.length} values`);
// #endregion stream

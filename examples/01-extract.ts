// #region extract
import { createExtractor, readLabels, topLabels } from '@featuretap/core';
import { demoLabels, demoModel, demoPhotos, demoPreprocess } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';

// Once: find the features of a classifier that only returns logits, and expose them.
await tapFile(demoModel, 'demo.taps.onnx', {
  preprocess: demoPreprocess,
  labels: await readLabels(demoLabels),
});

// Then: one forward pass, four fields.
await using extractor = await createExtractor('demo.taps.onnx');
const { stages, unpooled, pooled, logits } = await extractor.run(demoPhotos.coffee, {
  fields: ['stages', 'unpooled', 'pooled', 'logits'],
});
// #endregion extract

// #region print
for (const [level, stage] of stages.entries()) console.log(`stage ${level}`, stage.shape);
for (const branch of [unpooled].flat()) console.log('unpooled', branch.shape, branch.layout);
console.log('pooled', pooled.shape);
console.log('logits', logits.shape);

for (const { label, probability } of topLabels(logits, { labels: extractor.manifest.labels })) {
  console.log(probability.toFixed(2), label);
}
// #endregion print

// #region tap
import { createExtractor } from '@featuretap/core';
import { demoModel, demoPhotos, demoPreprocess } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';

// Only the last stage and the embedding: other features never leave the runtime.
const { manifest } = await tapFile(demoModel, 'search.taps.onnx', {
  fields: ['stages', 'pooled'],
  stages: [-1],
  preprocess: demoPreprocess,
});
console.log('stages in the file:', manifest.record.stages.length);
// #endregion tap

// #region run
await using extractor = await createExtractor('search.taps.onnx');
const photos = [demoPhotos.coffee, demoPhotos.chelsea, demoPhotos.rocket];

// A list is one batch. Fields that are not named are not fetched.
const { pooled } = await extractor.run(photos, { fields: ['pooled'] });
console.log('pooled', pooled.shape);

// row(i) is a view of one image's vector; nothing is copied.
console.log('values per photo:', pooled.row(2).length);
// #endregion run

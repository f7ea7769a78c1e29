// #region images
import * as core from '@featuretap/core';
import { demoModel, demoPhotos, demoPreprocess as preprocess } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';
import { CROPS, cropHalf } from './crop-halves.js';
import { noiseImage, patternImage, textImage } from './synthetic-images.js';

const photos = await Promise.all(Object.values(demoPhotos).map((file) => core.decodeImage(file)));
// In distribution: left halves of photos and their mirror images are known, right halves are new.
const known = [false, true].flatMap((mirror) =>
  photos.flatMap((photo) => cropHalf(photo, 0, mirror)),
);
const photoOf = known.map((_, row) => Math.floor(row / CROPS) % photos.length);
const seeds = Array.from({ length: photos.length * CROPS }, (_, seed) => seed);
const groups = {
  photos: photos.flatMap((photo) => cropHalf(photo, 1)),
  noise: seeds.map(noiseImage),
  text: seeds.map(textImage),
  patterns: seeds.map(patternImage),
};
// #endregion images

// #region scores
await tapFile(demoModel, 'ood.taps.onnx', { preprocess });
await using extractor = await core.createExtractor('ood.taps.onnx');
const fields = ['stages', 'pooled', 'logits'] as const;
const run = async (images: readonly core.RgbImage[]) => {
  const { stages, pooled, logits } = await extractor.run(images, { fields });
  return { byStage: stages.map((s) => core.poolStage(s, { kind: 'avg' })), pooled, logits };
};

const train = await run(known);
const nearest = core.fitNearest(train.pooled);
const gaussians = core.fitMahalanobis(train.byStage, photoOf);

// Every score of one forward pass; higher means more like the known photos, or like ImageNet.
async function scoresOf(images: readonly core.RgbImage[]) {
  const { byStage, pooled, logits } = await run(images);
  return {
    'max softmax': core.maxSoftmaxScore(logits),
    'max logit': core.maxLogitScore(logits),
    energy: core.energyScore(logits),
    nearest: nearest.score(pooled, { k: 1 }),
    Mahalanobis: gaussians.score(byStage),
  };
}
// #endregion scores

// #region print
const { photos: inside, ...outside } = groups;
const scores = Object.entries(await scoresOf(inside));
for (const [group, images] of Object.entries(outside)) {
  const others = Object.values(await scoresOf(images));
  const areas = scores.map(([name, values], i) => {
    return `${name} ${core.auroc(values, others[i]!).toFixed(2)}`;
  });
  console.log(`AUROC of photos against ${group}: ${areas.join(', ')}`);
}
// #endregion print

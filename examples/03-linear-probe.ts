// #region crops
import { createExtractor, decodeImage, topLabels } from '@featuretap/core';
import { demoModel, demoPhotos, demoPreprocess as preprocess } from '@featuretap/demo';
import { reheadFile, tapFile } from '@featuretap/onnx-export/node';
import { CROPS, cropHalf } from './crop-halves.js';

const labels = Object.keys(demoPhotos);
const photos = await Promise.all(Object.values(demoPhotos).map((photo) => decodeImage(photo)));

// Trained on left halves and their mirror images, tested on right halves.
const training = [false, true].flatMap((mirror) =>
  photos.flatMap((photo) => cropHalf(photo, 0, mirror)),
);
const heldOut = photos.flatMap((photo) => cropHalf(photo, 1));
const labelOf = (row: number) => Math.floor(row / CROPS) % labels.length;
// #endregion crops

// #region train
await tapFile(demoModel, 'pooled.onnx', { fields: ['pooled'], preprocess });
await using taps = await createExtractor('pooled.onnx');
const { pooled } = await taps.run(training, { fields: ['pooled'] });
const [classes, width] = [labels.length, pooled.shape[1]!];
const weight = { shape: [classes, width], data: new Float32Array(classes * width) };
const bias = { shape: [classes], data: new Float32Array(classes) };
const score = (x: ArrayLike<number>) =>
  Array.from(bias.data, (b, k) =>
    weight.data.subarray(k * width, (k + 1) * width).reduce((sum, w, d) => sum + w * x[d]!, b),
  );
// Multinomial logistic regression by gradient descent: one crop a step, fifty times each.
for (let step = 0; step < 50 * training.length; step++) {
  const x = pooled.row(step % training.length);
  const powers = score(x).map(Math.exp);
  const total = powers.reduce((sum, power) => sum + power);
  powers.forEach((power, k) => {
    const change = 0.003 * (Number(k === labelOf(step % training.length)) - power / total);
    bias.data[k]! += change;
    x.forEach((value, d) => (weight.data[k * width + d]! += change * value));
  });
}
// #endregion train

// #region rehead
const head = { weight, bias, labels };
await reheadFile(demoModel, 'photos.onnx', { kind: 'replace', ...head }, { preprocess });
await reheadFile(demoModel, 'two.onnx', { kind: 'beside', name: 'photo', ...head }, { preprocess });
await using replaced = await createExtractor('photos.onnx');
await using both = await createExtractor('two.onnx');
const record = await replaced.run(heldOut, { fields: ['pooled', 'logits'] });
const { logits, extras } = await both.run(heldOut, { fields: ['logits'], extras: ['photo'] });
const photo = extras.get('photo')!;
console.log('replaced', record.logits.shape, 'beside', logits.shape, 'and', photo.shape);
const best = heldOut.map((_, row) => topLabels(record.logits, { row, k: 1, labels })[0]?.label);
const right = best.filter((label, row) => label === labels[labelOf(row)]);
console.log(`${right.length} of ${heldOut.length} held-out crops are named right`);
// 1,280 products summed in float32, in another order than here: the last bits of scores up to 5.
const outside = heldOut.flatMap((_, row) => score(record.pooled.row(row)));
const isClose = ({ data }: { data: ArrayLike<unknown> }) =>
  outside.every((value, i) => Math.abs(value - Number(data[i])) < 1e-5);
console.log('as computed outside:', isClose(record.logits), isClose(photo));
// #endregion rehead

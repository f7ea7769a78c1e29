// Fetches only what is needed: an embedding of two photos, and their cosine similarity.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExtractor } from '@featuretap/core';
import { demoModel, demoPhotos, demoPreprocess } from '@featuretap/demo';
import { tapFile } from '@featuretap/onnx-export/node';

const tapped = join(await mkdtemp(join(tmpdir(), 'featuretap-')), 'demo.taps.onnx');
await tapFile(demoModel, tapped, { preprocess: demoPreprocess });
await using extractor = await createExtractor(tapped);

// #region fields
const { pooled } = await extractor.run([demoPhotos.coffee, demoPhotos.chelsea], {
  fields: ['pooled'],
});
const [cup, cat] = [pooled.row(0), pooled.row(1)];
// #endregion fields

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
const similarity = dot(cup, cat) / Math.sqrt(dot(cup, cup) * dot(cat, cat));
console.log(pooled.shape.join(' x '), 'similarity', similarity.toFixed(3));

// Streams many images through a small model and fails when memory or handles grow.
//   npm run soak -- [--images 20000] [--workers 2] [--batch-size 8] [--isolation thread|process]
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createExtractor, type Extractor, type ExtractorInput } from '@featuretap/core';
import { formatCheckpoint, takeCheckpoint, type Checkpoint } from './checkpoint.js';
import { findGrowth } from './find-growth.js';

const FIXTURES = new URL('../../../packages/core/test/fixtures/', import.meta.url);
const fixture = (name: string): string => fileURLToPath(new URL(name, FIXTURES));
const MODEL = fixture('models/tiny.onnx');
const PHOTO = fixture('images/photo.png');
const PHOTO_BYTES = readFileSync(fixture('images/rgb.jpg'));

/** Rounds with a checkpoint behind each; the first are warm-up. */
const ROUNDS = 20;

/** One item in so many is no image. */
const BAD_EVERY = 50;

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '20000' },
    workers: { type: 'string', default: '2' },
    'batch-size': { type: 'string', default: '8' },
    isolation: { type: 'string', default: 'thread' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const USAGE = `Usage: npm run soak -- [options]

Streams images through a small model, good and bad ones, ends streams early in between, and fails
when memory or handles of this process grow.

  --images N        images in all (20000)
  --workers N       workers (2)
  --batch-size N    images of a batch (8)
  --isolation KIND  workers as threads or processes: thread, process (thread)

Example: npm run soak -- --images 2000 --isolation process`;
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const { isolation } = values;
const [images, workers, batchSize] = [values.images, values.workers, values['batch-size']].map(
  Number,
) as [number, number, number];
const areCounts = [images, workers, batchSize].every((n) => Number.isInteger(n) && n > 0);
if (!areCounts || (isolation !== 'thread' && isolation !== 'process')) {
  console.error(USAGE);
  process.exit(2);
}

/** Paths, encoded bytes, tensors and files that are no image, in turn. */
function* source(count: number): Generator<ExtractorInput> {
  for (let index = 0; index < count; index++) {
    if (index % BAD_EVERY === BAD_EVERY - 1) yield MODEL;
    else if (index % 3 === 0) yield PHOTO;
    else if (index % 3 === 1) yield PHOTO_BYTES;
    else yield { dtype: 'float32', shape: [1, 3, 16, 16], data: new Float32Array(768).fill(index) };
  }
}

/** One stream to its end; counts the results and checks them. */
async function streamAll(extractor: Extractor, count: number): Promise<void> {
  let good = 0;
  let bad = 0;
  for await (const { index, record, error } of extractor.stream(source(count), { batchSize })) {
    if (index !== good + bad) throw new Error(`item ${index} came in place ${good + bad}`);
    if (error === undefined) good += record.pooled?.shape[0] ?? 0;
    else if (error.code === 'IMAGE_UNREADABLE') bad++;
    else throw error;
  }
  const expected = Math.floor(count / BAD_EVERY);
  if (bad !== expected || good !== count - expected) {
    throw new Error(`expected ${count} items, ${expected} bad; got ${good} good and ${bad} bad`);
  }
}

/** Streams that end early, by a break and by a signal: what they leave behind must go too. */
async function streamSome(extractor: Extractor): Promise<void> {
  for await (const { index } of extractor.stream(source(1000), { batchSize })) {
    if (index === batchSize) break;
  }
  const controller = new AbortController();
  const { signal } = controller;
  try {
    for await (const { index } of extractor.stream(source(1000), { batchSize, signal })) {
      if (index === batchSize) controller.abort();
    }
    throw new Error('the signal did not end the stream');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ABORTED') throw error;
  }
}

const start = performance.now();
const extractor = await createExtractor(MODEL, { workers, threads: 1, isolation });
const checkpoints: Checkpoint[] = [];
const share = Math.ceil(images / ROUNDS);
for (let round = 0; round < ROUNDS; round++) {
  await streamAll(extractor, share);
  await streamSome(extractor);
  // Batches that were abandoned end in their workers.
  await sleep(200);
  const checkpoint = takeCheckpoint(share * (round + 1));
  checkpoints.push(checkpoint);
  console.log(formatCheckpoint(checkpoint));
}
await extractor.close();
const seconds = (performance.now() - start) / 1000;
const total = share * ROUNDS;
console.log(`${total} images in ${seconds.toFixed(1)} s, ${(total / seconds).toFixed(0)} a second`);
const growth = findGrowth(checkpoints);
for (const complaint of growth) console.error(complaint);
if (growth.length > 0) process.exit(1);
console.log('memory and handles did not grow');

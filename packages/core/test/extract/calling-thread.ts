// Runs in a worker thread of a caller: streams items and posts the shapes of their vectors.
import { parentPort, workerData } from 'node:worker_threads';
import { createExtractor } from '../../src/extract/create-extractor.js';
import type { Isolation } from '../../src/extract/guarded-runner.js';
import type { Tensor } from '../../src/tensor/tensor.js';

async function main(): Promise<void> {
  const { file, items, isolation, isLoud } = workerData as {
    readonly file: string;
    readonly items: readonly Tensor[];
    readonly isolation?: Isolation;
    /** Whether to say when the model is loaded. */
    readonly isLoud?: boolean;
  };
  const options = isolation === undefined ? {} : { isolation };
  const extractor = await createExtractor(file, { workers: 2, ...options });
  if (isLoud === true) parentPort!.postMessage('started');
  const shapes: string[] = [];
  for await (const { record } of extractor.stream(items, { fields: ['pooled'], batchSize: 1 })) {
    shapes.push(record?.pooled.shape.join() ?? 'failed');
  }
  await extractor.close();
  parentPort!.postMessage(shapes.join(' '));
}

void main();

// #region prepare
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createExtractor, type Tensor } from '@featuretap/core';
import { demoModel, demoPreprocess as preprocess } from '@featuretap/demo';
import { pruneFile, tapFile } from '@featuretap/onnx-export/node';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';

const input = Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => 2 * Math.sin(i));
const shape = [1, 3, 224, 224];

/** Pooled and logits of the input. */
type Run = () => Promise<{ pooled: Float32Array; logits: Float32Array }>;

/** Each way loads what it needs, and returns how to run it. */
const ways: Record<string, () => Promise<Run>> = {
  // The network twice: whole for logits, without its head for the embedding.
  async 'two networks'() {
    const whole = await InferenceSession.create(fileURLToPath(demoModel));
    const headless = await InferenceSession.create('headless.onnx');
    const output = headless.outputNames[0]!;
    return async () => {
      const feed = { input: new OrtTensor('float32', input, shape) };
      const logits = (await whole.run(feed)).logits!.data as Float32Array;
      const pooled = (await headless.run(feed))[output]!.data as Float32Array;
      return { pooled, logits };
    };
  },
  // The network once, its features among its outputs.
  async 'one record run'() {
    const extractor = await createExtractor('demo.taps.onnx', { compiledCache: { folder: '.' } });
    const tensor: Tensor = { dtype: 'float32', shape, data: input };
    return async () => {
      const record = await extractor.run(tensor, { fields: ['pooled', 'logits'] });
      return {
        pooled: record.pooled.data as Float32Array,
        logits: record.logits.data as Float32Array,
      };
    };
  },
};
// #endregion prepare

// #region measure
/** What a way holds and takes, and what it gives. */
interface Measured extends Awaited<ReturnType<Run>> {
  megabytes: number;
  milliseconds: number;
}

/** Private memory of this process in MB; all its memory where there is no /proc. */
function memory(): number {
  try {
    const text = readFileSync('/proc/self/smaps_rollup', 'utf8');
    return Number(/^Anonymous:\s+(\d+) kB/m.exec(text)?.[1]) / 1000;
  } catch {
    return process.memoryUsage.rss() / 1e6;
  }
}

async function measure(load: () => Promise<Run>): Promise<Measured> {
  const before = memory();
  const run = await load();
  let [result, milliseconds] = [await run(), Infinity];
  for (let i = 0; i < 10; i++) {
    const start = performance.now();
    result = await run();
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  return { ...result, megabytes: memory() - before, milliseconds };
}
// #endregion measure

// #region compare
const way = process.argv[2];
if (way !== undefined) {
  // A process of its own for each way, so that neither uses what the other left.
  process.send!(await measure(ways[way]!), () => process.exit());
} else {
  const { plan } = await tapFile(demoModel, 'demo.taps.onnx', { preprocess });
  await pruneFile(demoModel, 'headless.onnx', { to: [plan.record.pooled.value!] });
  const script = fileURLToPath(import.meta.url);
  const measured: Measured[] = [];
  for (const name of Object.keys(ways)) {
    const child = fork(script, [name], { serialization: 'advanced' });
    const one = await new Promise<Measured>((done, fail) => {
      child.once('message', (measuredThere) => done(measuredThere as Measured));
      child.once('exit', (code) => fail(new Error(`${name} ended with code ${code ?? 'unknown'}`)));
    });
    console.log(`${name}: ${one.megabytes.toFixed(0)} MB, ${one.milliseconds.toFixed(1)} ms a run`);
    measured.push(one);
  }
  const [two, ours] = measured as [Measured, Measured];
  const isSame = (field: 'pooled' | 'logits') => two[field].every((x, i) => x === ours[field][i]);
  console.log('the same numbers:', isSame('pooled'), isSame('logits'));
}
// #endregion compare

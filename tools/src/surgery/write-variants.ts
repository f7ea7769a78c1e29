// Writes a model in every form that surgery has, for tools/python/check_written.py.
//   node … tools/src/surgery/write-variants.ts OUT_DIR MODEL…
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isFeaturetapError, type PreprocessSpec } from '@featuretap/core/spec';
import { timmCatalogue as catalogue } from '@featuretap/models';
import {
  inspectFile,
  pruneFile,
  reheadFile,
  splitFile,
  tapFile,
  type TapRequest,
} from '@featuretap/onnx-export/node';

const [out, ...models] = process.argv.slice(2);
if (out === undefined || models.length === 0) {
  console.error('usage: write-variants.ts OUT_DIR MODEL…');
  process.exit(2);
}

const preprocess: PreprocessSpec = {
  inputSize: [3, 224, 224],
  interpolation: 'bicubic',
  cropPct: 0.875,
  cropMode: 'center',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

const TAPS: Readonly<Record<string, TapRequest>> = {
  'tap-copy': {},
  'tap-link': { weights: 'link' },
  'tap-float16': { dtype: 'float16' },
  'tap-avg': { reduce: 'avg', weights: 'link' },
  'tap-max': { reduce: 'max' },
  'tap-uint8': { input: 'uint8', preprocess },
};

/** Copies a model with the files beside it. */
async function fetchModel(model: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const name = basename(model);
  for (const file of await readdir(dirname(model))) {
    if (file === name || file === `${name}.data`) {
      await copyFile(join(dirname(model), file), join(folder, file));
    }
  }
  return join(folder, name);
}

/** Runs a step; what the model's kind does not allow is said and counted, all else ends the program. */
async function step(label: string, write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (!isFeaturetapError(error)) throw error;
    console.log(`${label}: ${error.code}: ${error.message}`);
    return false;
  }
}

let written = 0;
for (const model of models) {
  const folder = join(out, basename(model, '.onnx'));
  const input = await fetchModel(model, folder);
  const { plan } = await inspectFile(input, { catalogue });
  const { pooled } = plan.record;
  const width = 'shape' in pooled ? pooled.shape[1] : 0;
  const head = (classes: number): { shape: number[]; data: Float32Array } => ({
    shape: [classes, Number(width)],
    data: Float32Array.from({ length: classes * Number(width) }, (_, i) => Math.sin(i)),
  });
  const file = (name: string): string => join(folder, `${name}.onnx`);
  const steps: [string, () => Promise<unknown>][] = [
    ...Object.entries(TAPS).map(([name, request]): [string, () => Promise<unknown>] => [
      name,
      () => tapFile(input, file(name), { ...request, catalogue }),
    ]),
    ['split-copy', () => splitFile(input, join(folder, 'copy'), { catalogue })],
    ['split-link', () => splitFile(input, folder, { catalogue, weights: 'link' })],
    ['prune', () => pruneFile(input, file('prune'), { to: [pooled.value ?? ''] })],
    ['replace', () => reheadFile(input, file('replace'), { kind: 'replace', weight: head(3) })],
    [
      'beside',
      () => reheadFile(input, file('beside'), { kind: 'beside', name: 'probe', weight: head(2) }),
    ],
    ['drop', () => reheadFile(input, file('drop'), { kind: 'drop' })],
  ];
  for (const [name, write] of steps) {
    if (await step(`${basename(model)} ${name}`, write)) written++;
  }
}
console.log(`${written} variants written`);

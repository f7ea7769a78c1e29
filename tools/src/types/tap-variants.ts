// Taps the fixtures of packages/onnx-export in every form that outputs and inputs can have.
//   node --conditions=@featuretap/source --import=tsx tools/src/types/tap-variants.ts FOLDER
// Writes FOLDER/MODEL.VARIANT.onnx for tools/python/check_variants.py, and prints their names.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFeaturetapError, type PreprocessSpec } from '@featuretap/core/spec';
import { tapFile, type TapRequest } from '@featuretap/onnx-export/node';

const PREPROCESS: PreprocessSpec = {
  inputSize: [3, 16, 16],
  interpolation: 'bicubic',
  cropPct: 0.875,
  cropMode: 'center',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

const VARIANTS: Readonly<Record<string, TapRequest>> = {
  plain: {},
  float16: { dtype: 'float16' },
  float32: { dtype: 'float32' },
  avg: { reduce: 'avg' },
  max: { reduce: 'max', dtype: 'float16' },
  uint8: { input: 'uint8', preprocess: PREPROCESS },
};

/** Values of every type, which the model of that name has. */
const OUTPUTS = ['double', 'brain', 'float8', 'long', 'flag', 'text', 'count', 'total', 'input'];

const [target] = process.argv.slice(2);
if (target === undefined) {
  console.error('usage: tap-variants.ts FOLDER');
  process.exit(2);
}
const tests = fileURLToPath(new URL('../../../packages/onnx-export/test/', import.meta.url));
for (const folder of ['fixtures/models', 'type-fixtures']) {
  for (const file of readdirSync(join(tests, folder)).filter((name) => name.endsWith('.onnx'))) {
    // Files that break a rule of ONNX themselves, or that are refused.
    const others = /^(?:bad-|brain-output|duplicate|external|no-image|undecodable|unsorted)/u;
    if (others.test(file)) continue;
    const model = file.replace(/\.onnx$/, '');
    const named =
      model === 'every-type' ? OUTPUTS.map((value) => ({ name: `x.${value}`, value })) : [];
    for (const [variant, request] of Object.entries(VARIANTS)) {
      const out = `${model}.${variant}.onnx`;
      try {
        await tapFile(join(tests, folder, file), join(target, out), { ...request, outputs: named });
        console.log(out);
      } catch (error) {
        if (!isFeaturetapError(error)) throw error;
        console.error(`${out}: ${error.message}`);
        process.exitCode = 1;
      }
    }
  }
}

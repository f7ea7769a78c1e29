// Checks classifiers that are not timm's: four fields by scopes, compared with PyTorch's hooks.
//   node … tools/src/others/check-others.ts FOLDER   (FOLDER is what export_other.py wrote)
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createExtractor,
  readNpy,
  readSafetensors,
  recordToTensors,
  toFloat32,
  type Tensor,
} from '@featuretap/core';
import { timmCatalogue } from '@featuretap/models';
import { tapFile, type TapRequest } from '@featuretap/onnx-export/node';
import { relativeError } from '../parity/compare-record.js';

/** One network of the index that export_other.py writes. */
interface OtherEntry {
  readonly name: string;
  readonly file: string;
  readonly input: string;
  readonly truth: string;
  /** Further readings of a field, under `FIELD.alt.K`. */
  readonly alternatives?: string;
  /** Fields that the network does not have. */
  readonly absent?: readonly string[];
  /** Why the exporter failed. */
  readonly error?: string;
}

const TOLERANCE = 1e-4;

/** NCHW from NHWC: exporters may drop a transposition before the pooling, which needs none. */
function toNchw(tensor: Tensor): Tensor {
  const [n = 1, h = 1, w = 1, c = 1] = tensor.shape;
  const from = toFloat32(tensor);
  const data = new Float32Array(from.length);
  for (let i = 0; i < from.length; i++) {
    const [channel, position] = [i % c, Math.floor(i / c)];
    const [image, place] = [Math.floor(position / (h * w)), position % (h * w)];
    data[(image * c + channel) * h * w + place] = from[i]!;
  }
  return { dtype: 'float32', shape: [n, c, h, w], data };
}

function errorOf(key: string, ours: Tensor | undefined, readings: readonly Tensor[]): number {
  if (ours === undefined) return Infinity;
  const errors = readings.map((reading) => relativeError(ours, reading));
  if (key === 'unpooled' && ours.shape.length === 4) {
    errors.push(...readings.map((reading) => relativeError(toNchw(ours), reading)));
    errors.push(...readings.map((reading) => relativeError(ours, toNchw(reading))));
  }
  return Math.min(...errors);
}

async function readTensors(file: string): Promise<ReadonlyMap<string, Tensor>> {
  return readSafetensors(await readFile(file)).tensors;
}

async function wrongFields(
  folder: string,
  entry: OtherEntry,
  request: TapRequest,
): Promise<string[]> {
  const tapped = join(folder, `${entry.name}.taps.onnx`);
  const { manifest } = await tapFile(join(folder, entry.file), tapped, request);
  const truth = await readTensors(join(folder, entry.truth));
  const more =
    entry.alternatives === undefined
      ? new Map<string, Tensor>()
      : await readTensors(join(folder, entry.alternatives));
  // onnxruntime 1.30 fuses a zero Pad into the MaxPool behind it, which then pads with -Infinity
  // (seen in transformers' BiT, original and tapped file alike): its optimiser is left out here.
  await using extractor = await createExtractor(tapped, { graphOptimizationLevel: 'disabled' });
  const input = readNpy(await readFile(join(folder, entry.input)));
  const ours = recordToTensors(await extractor.run(input), manifest);
  const wrong: string[] = [];
  for (const [key, tensor] of truth) {
    const others = [...more].filter(([name]) => name.startsWith(`${key}.alt.`));
    const error = errorOf(key, ours[key], [tensor, ...others.map(([, other]) => other)]);
    if (error > TOLERANCE) {
      const seen = ours[key] === undefined ? 'absent' : `off by ${error.toExponential(1)}`;
      wrong.push(`${key} ${seen}, shape ${String(ours[key]?.shape)} for ${String(tensor.shape)}`);
    }
  }
  const extra = Object.keys(ours).filter((key) => !truth.has(key));
  return [...wrong, ...extra.map((key) => `${key} is not in the network`)];
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: check-others.ts FOLDER');
  process.exit(2);
}
const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as OtherEntry[];
let passed = 0;
let failed = 0;
for (const entry of index) {
  if (entry.error !== undefined) {
    console.log(`--    ${entry.name}: not exported, ${entry.error.split('\n')[0] ?? ''}`);
    continue;
  }
  for (const [how, request] of [
    ['by scopes', {}],
    ['with the catalogue', { catalogue: timmCatalogue }],
  ] as const) {
    const wrong = await wrongFields(folder, entry, request).catch((error: unknown) => [
      String(error),
    ]);
    if (wrong.length === 0) passed++;
    else failed++;
    if (wrong.length > 0) console.log(`FAIL  ${entry.name} ${how}: ${wrong.join('; ')}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;

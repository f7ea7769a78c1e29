// Checks surgery on a folder of reference exports, with seeded weights in place of the real ones.
//   npm run check:surgery -- FOLDER [--every N] [--max-weights BYTES] [MODEL…]
// For each file: the tapped one keeps every message and the bits of every original output, taking the
// taps back gives the original's bytes, and head after backbone gives the logits of the whole.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bytesSource } from '@featuretap/core/wire';
import { isFeaturetapError } from '@featuretap/core/spec';
import { timmCatalogue } from '@featuretap/models';
import { readModel, readSegments, untapModel } from '@featuretap/onnx-export';
import { splitFile, tapFile } from '@featuretap/onnx-export/node';
import { readReference } from '../reference/truth.js';
import { findTouched } from './check-untouched.js';
import { writeSeededWeights } from './seeded-weights.js';
import { isSameBits, isTelling, runSession } from './run-session.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: 'string', default: '1' },
    'max-weights': { type: 'string', default: '2000000000' },
  },
});
const [referenceFolder, ...only] = positionals;
if (referenceFolder === undefined) {
  console.error(
    'usage: npm run check:surgery -- FOLDER [--every N] [--max-weights BYTES] [MODEL…]',
  );
  process.exit(2);
}

/** What is wrong with the surgery on a file; `vacuous` when its outputs could not show it. */
async function check(folder: string): Promise<{ wrong: string[]; vacuous: boolean; note: string }> {
  const file = join(folder, 'model.onnx');
  const original = await readFile(file);
  const before = await runSession(file);
  const wrong: string[] = [];
  const full = join(folder, 'full.onnx');
  const split = await splitFile(file, folder, { catalogue: timmCatalogue }).catch(
    (error: unknown) => {
      if (isFeaturetapError(error) && error.code === 'TAP_NOT_FOUND') return error;
      throw error;
    },
  );
  if (split instanceof Error) await tapFile(file, full, { catalogue: timmCatalogue });
  const tapped = await readFile(full);
  const touched = findTouched(original, tapped);
  if (touched !== null) wrong.push(`${touched} was changed`);
  const model = await readModel(bytesSource(tapped));
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, untapModel(model))) parts.push(part);
  if (Buffer.compare(Buffer.concat(parts), original) !== 0) wrong.push('taps cannot be taken back');
  const whole = await runSession(full);
  for (const [name, tensor] of before) {
    if (!isSameBits(tensor, whole.get(name))) wrong.push(`output ${name} has other bits`);
  }
  const vacuous = ![...before.values()].every(isTelling);
  if (split instanceof Error) return { wrong, vacuous, note: 'no classifier to split off' };
  const features = await runSession(split.backbone.file);
  const input = split.head.manifest.input.name;
  const head = await runSession(split.head.file, { [input]: features.get(input)! });
  const { logits } = split.full.manifest.record;
  const expected = 'output' in logits ? whole.get(logits.output) : undefined;
  if (!isSameBits(head.get(split.head.manifest.logits.output), expected)) {
    wrong.push('head after backbone gives other logits');
  }
  return { wrong, vacuous, note: '' };
}

const every = Number(values.every);
const cases = readReference(referenceFolder)
  .filter(({ model }) => only.length === 0 || only.includes(model))
  .filter(({ weightBytes }) => weightBytes <= Number(values['max-weights']))
  .filter((_, i) => i % every === 0);
const counts = { right: 0, wrong: 0, vacuous: 0, noHead: 0 };
for (const reference of cases) {
  const { model, exporter, weightBytes } = reference;
  const folder = await mkdtemp(join(tmpdir(), 'featuretap-surgery-'));
  try {
    const bytes = reference.read();
    await writeFile(join(folder, 'model.onnx'), bytes);
    const { graph } = await readModel(bytesSource(bytes));
    await writeSeededWeights(join(folder, 'weights.bin'), weightBytes, graph.initializers);
    const { wrong, vacuous, note } = await check(folder);
    if (wrong.length > 0) counts.wrong++;
    else if (note !== '') counts.noHead++;
    else if (vacuous) counts.vacuous++;
    else counts.right++;
    const said = wrong.join('; ') || note || (vacuous ? 'outputs not finite or constant' : '');
    if (said !== '') console.log(`${model} ${exporter}: ${said}`);
  } catch (error) {
    counts.wrong++;
    console.log(`${model} ${exporter}: ${String(error)}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
const { right, wrong, vacuous, noHead } = counts;
console.log(
  `${right} right, ${noHead} right that have no classifier to split off, ` +
    `${vacuous} right with outputs that show nothing, ` +
    `${wrong} wrong`,
);
process.exitCode = wrong > 0 || right === 0 ? 1 : 0;

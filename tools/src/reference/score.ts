// Scores tap finding on a folder of reference exports.
//   npm run score -- FOLDER [--arch] [--no-catalogue] [--quiet] [--at-least S,U,P,L] [MODEL…]
// --at-least: per cent of stages lists, unpooled, pooled and logits that must be right.
import { parseArgs } from 'node:util';
import { bytesSource } from '@featuretap/core/wire';
import { timmCatalogue } from '@featuretap/models';
import { planTaps, readModel, type PlanOptions } from '@featuretap/onnx-export';
import { COUNTED, judgePlan } from './judge-plan.js';
import { readReference } from './truth.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    arch: { type: 'boolean', default: false },
    'no-catalogue': { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    'at-least': { type: 'string', default: '0,0,0,0' },
  },
});
const [folder, ...only] = positionals;
if (folder === undefined) {
  console.error('usage: npm run score -- FOLDER [--arch] [--no-catalogue] [--quiet] [MODEL…]');
  process.exit(2);
}

const right = Object.fromEntries(COUNTED.map((field) => [field, 0]));
const named = { exact: 0, other: 0, none: 0 };
const cases = readReference(folder).filter(
  ({ model }) => only.length === 0 || only.includes(model),
);
for (const reference of cases) {
  const { model, exporter, truth } = reference;
  const options: PlanOptions = {
    ...(values['no-catalogue'] ? {} : { catalogue: timmCatalogue }),
    ...(values.arch ? { architecture: model } : {}),
  };
  const plan = planTaps(await readModel(bytesSource(reference.read())), options);
  const verdict = judgePlan(plan, reference);
  for (const field of COUNTED) right[field]! += verdict.right[field] ? 1 : 0;
  if (plan.architecture === null) named.none++;
  else if (plan.architecture === model) named.exact++;
  else named.other++;
  if (values.quiet) continue;
  if (verdict.wrong.length > 0) console.log(`${model} ${exporter}: ${verdict.wrong.join(' | ')}`);
  if (values.verbose) console.log(JSON.stringify(plan.record, null, 1), JSON.stringify(truth));
}
const required = values['at-least'].split(',').map(Number);
for (const [i, field] of COUNTED.entries()) {
  const count = right[field]!;
  const percent = (100 * count) / cases.length;
  const isEnough = percent >= (required[i] ?? 0);
  const note = isEnough ? '' : `, fewer than ${required[i]} %`;
  console.log(`${field.padEnd(9)} ${count} of ${cases.length} (${percent.toFixed(1)} %)${note}`);
  if (!isEnough) process.exitCode = 1;
}
console.log(`architecture named: right ${named.exact}, another ${named.other}, none ${named.none}`);

// Times `featuretap tap` side by side with its peers on large models.
//   npm run bench:surgery -- [--quick] [--rounds 5] [--out DIR] [--keep] [--json] [--write]
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { casesOf, type Abilities } from './cases.js';
import { checkOutputs } from './check-outputs.js';
import { describeMachine } from './machine.js';
import { FULL_MODELS, makeModel, QUICK_MODELS, type ModelSpec } from './models.js';
import { benchmarkPage } from './page.js';
import { CLI, PAGE } from './paths.js';
import { modelSection, type BenchResult, type ModelResult } from './report.js';
import { runCases } from './run-cases.js';
import { createScratch } from './scratch.js';

const HELP = `usage: npm run bench:surgery -- [options]

Makes models of 1.2 GB (weights inside), 3 GB (beside) and 2.3 GB (inside), taps each with featuretap
and with its peers in Python, and prints medians, spreads and ratios. Needs a built workspace and about
8 GB of free disk and 12 GB of memory; everything that it writes is removed.

  --quick        models of 120 MB and two rounds: shows that the benchmark works, says nothing more
  --rounds N     runs of each case (default 5)
  --only ID      one of the models; repeatable
  --out DIR      folder to work in (default: dist/bench)
  --python PATH  Python with onnx, onnx-ir and onnxruntime; onnx-graphsurgeon is timed when it is there
  --json         all figures as one JSON document
  --write        write packages/docs/guide/surgery-benchmark.md
  --keep         keep the models

Example:
  $ npm run build && npm run bench:surgery -- --quick`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', multiple: true },
    out: { type: 'string', default: 'dist/bench' },
    python: { type: 'string', default: process.env.FEATURETAP_PYTHON ?? '.venv/bin/python' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const { python } = options;
const rounds = Number(options.rounds ?? (options.quick ? 2 : 5));
const all = options.quick ? QUICK_MODELS : FULL_MODELS;
const specs = all.filter(({ id }) => options.only?.includes(id) ?? true);
if (!Number.isInteger(rounds) || rounds < 1 || specs.length === 0) {
  console.error(
    `Expected --rounds of 1 or more and --only of ${all.map(({ id }) => id).join(', ')}.`,
  );
  process.exit(2);
}
if (!existsSync(CLI)) {
  console.error('Expected the built command line. Run npm run build first.');
  process.exit(1);
}

const say = (text: string): void => console.error(text);
const scratch = createScratch(options.out, options.keep);
const machine = await describeMachine(scratch, python);
const abilities: Abilities = {
  python,
  graphsurgeon: machine.versions['onnx-graphsurgeon'] !== null,
};
if (!abilities.graphsurgeon) say('onnx-graphsurgeon is not installed: it is left out.');

async function benchModel(spec: ModelSpec): Promise<ModelResult> {
  say(`${spec.id}: making the model`);
  const made = await makeModel(scratch, python, spec);
  const cases = casesOf(made, abilities);
  // A model of several gigabytes would need more memory in onnxruntime than the benchmark itself.
  const compared =
    made.external || made.peers === 'tried'
      ? null
      : await checkOutputs(scratch, made, cases, python);
  const results = await runCases(scratch, made, cases, { python, rounds, onProgress: say });
  if (!options.keep) for (const path of made.files) rmSync(path);
  return { model: made, compared, cases: results };
}

const models: ModelResult[] = [];
for (const spec of specs) models.push(await benchModel(spec));
const result: BenchResult = { machine, rounds, models };
if (options.json) console.log(JSON.stringify(result, null, 2));
else console.log(models.map(modelSection).join('\n'));
if (options.write) {
  writeFileSync(PAGE, benchmarkPage(result));
  say(`wrote ${PAGE}`);
}

// Compares tapped exports with timm, field by field.
//   npm run parity -- [--quick] [--only NAME…] [--out DIR] [--keep] [--python PATH]
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkExport } from './check-export.js';
import { FULL_CORPUS, QUICK_CORPUS } from './corpus.js';
import { runPythonCase } from './python-case.js';
import { parityResultSchema, type ParityResult } from './result.js';

const HELP = `usage: npm run parity -- [--quick] [--out DIR] [--python PATH] [MODEL…]

Exports each network with both PyTorch exporters, taps the files, runs them and compares every field
with timm's own tensors. Results are appended to DIR/results.jsonl; a second run goes on where the
first one ended.

  --quick        about 25 small networks over all kinds of heads
  --out DIR      folder of results and temporary files (default: dist/parity)
  --python PATH  Python with the packages of tools/python/requirements.txt
  --keep         keep the exported files

Example:
  $ npm run parity -- --quick --out /tmp/parity`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
    out: { type: 'string', default: 'dist/parity' },
    python: { type: 'string', default: process.env.FEATURETAP_PYTHON ?? '.venv/bin/python' },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const folder = resolve(values.out);
const results = join(folder, 'results.jsonl');
mkdirSync(folder, { recursive: true });
const models = positionals.length > 0 ? positionals : values.quick ? QUICK_CORPUS : FULL_CORPUS;

function earlierResults(): ParityResult[] {
  if (!existsSync(results)) return [];
  const lines = readFileSync(results, 'utf8').split('\n');
  // A run that was killed may have left half a line behind; that network is done again.
  return lines.flatMap((line) => {
    try {
      return line === '' ? [] : [parityResultSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

function removeFiles(model: string): void {
  if (values.keep) return;
  const own = readdirSync(folder).filter((name) => name.startsWith(`${model}.`));
  for (const name of own) rmSync(join(folder, name));
}

const stop = new AbortController();
process.once('SIGINT', () => {
  stop.abort();
});

async function runModel(model: string): Promise<ParityResult[]> {
  const done: ParityResult[] = [];
  try {
    const { exports } = await runPythonCase(values.python, model, folder, stop.signal);
    for (const exported of exports) {
      const { file, error = 'no file', exporter } = exported;
      const failed = (status: 'not-exported' | 'failed', note: string): ParityResult => ({
        model,
        exporter,
        status,
        note,
      });
      done.push(
        file === undefined
          ? failed('not-exported', error)
          : await checkExport(model, { ...exported, file }, join(folder, model)).catch(
              (reason: unknown) => failed('failed', String(reason)),
            ),
      );
    }
  } catch (error) {
    if (!stop.signal.aborted) {
      done.push({ model, exporter: 'torchscript', status: 'failed', note: String(error) });
    }
  }
  return done;
}

const earlier = earlierResults();
const known = new Set(earlier.map(({ model }) => model));
const all = earlier.filter(({ model }) => models.includes(model));
let count = 0;
for (const model of models) {
  count++;
  if (stop.signal.aborted) break;
  if (known.has(model)) continue;
  const done = await runModel(model);
  // One write: either all of a network's results are there, or none.
  const lines = done.map((result) => `${JSON.stringify(result)}\n`);
  appendFileSync(results, lines.join(''));
  all.push(...done);
  removeFiles(model);
  for (const { exporter, status, note, errors } of done) {
    const worst = Math.max(...Object.values(errors ?? {}), 0);
    const detail = note ?? `largest error ${worst.toExponential(1)}`;
    console.log(`${count}/${models.length} ${model} ${exporter}: ${status} (${detail})`);
  }
}
const bad = all.filter(({ status }) => status === 'differs' || status === 'failed');
const good = all.filter(({ status }) => status === 'equal' || status === 'erased');
const skipped = all.length - bad.length - good.length;
console.log(`${good.length} equal, ${bad.length} not equal, ${skipped} that PyTorch cannot export`);
if (stop.signal.aborted) process.exitCode = 130;
else if (bad.length > 0) process.exitCode = 1;

// Feeds mutated models to the reader, the planner and the surgery, and reports what misbehaves.
//   npm run fuzz -- [--cases N] [--seed TEXT] [--workers N] [--case NAME] [--out DIR]
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  bombCases,
  drawStart,
  formatCase,
  makeCase,
  parseCase,
  type CaseName,
} from './make-case.js';
import { createRandom } from './random.js';
import { CaseRunner } from './run-cases.js';
import { loadSeeds } from './seeds.js';
import type { Report } from './worker.js';

const HELP = `usage: npm run fuzz -- [--cases N] [--seed TEXT] [--workers N] [--case NAME] [--out DIR]

Makes models that are damaged or hostile, and reads, plans, taps and reads back each of them. A case
must end in success or in a typed error, within 2 s and 300 MB; all else is a defect. Cases that end
in a new way become starting points of others.

  --cases N      number of cases (default: 3000)
  --seed TEXT    where the random numbers start (default: 1)
  --workers N    processes that run cases at the same time (default: 1)
  --case NAME    runs one case again, by the name in a report
  --minutes N    stops after so many minutes
  --bombs        first, files of up to 20 MB that unfold into something large
  --out DIR      writes the inputs of defects there
  --keep-novel   writes every input that ended in a new way there too

The last line of stdout counts the outcomes as JSON. Exit code 1 when there was a defect.

Example:
  $ npm run fuzz -- --cases 3000 --seed 1
  $ npm run fuzz -- --seed 1 --case conv:1042.2310 --out /tmp/fuzz`;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
    case: { type: 'string' },
    minutes: { type: 'string', default: 'Infinity' },
    out: { type: 'string' },
    bombs: { type: 'boolean', default: false },
    'keep-novel': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

/** Cases given to the process at once. */
const BATCH = 50;

/** Rounds of mutations after which an input is too far from a model to be worth more. */
const MAX_ROUNDS = 8;

/** Earlier cases that one is chosen from. */
const PARENTS_DRAWN = 3;

/** Milliseconds between two lines of progress. */
const PROGRESS_MILLISECONDS = 10_000;

const { seed, out } = values;
const total = Number(values.cases);
const workers = Number(values.workers);
const minutes = Number(values.minutes);
const only = values.case === undefined ? null : parseCase(seed, values.case);
if (
  !(total > 0) ||
  !(minutes > 0) ||
  !(workers > 0) ||
  (values.case !== undefined && only === null)
) {
  console.error(HELP);
  process.exit(2);
}

const seeds = loadSeeds();
if (out !== undefined) mkdirSync(out, { recursive: true });

function save(name: CaseName, kind: string): void {
  if (out === undefined) return;
  const file = `${kind}-${formatCase(name).replaceAll(/[:.]/g, '-')}.onnx`;
  writeFileSync(join(out, file), makeCase(name, seeds));
}

/** A case that ended in a new way. */
interface Ending {
  readonly name: CaseName;
  readonly milliseconds: number;
}

const counts = new Map<string, number>();
const seen = new Set<string>();
const defects = new Map<string, number>();
const corpus: Ending[] = [];
let busyMilliseconds = 0;
let slowest = { milliseconds: 0, name: '' };
let largest = { growthBytes: 0, name: '' };

function note(name: CaseName, report: Report, isParent = true): void {
  const text = formatCase(name);
  counts.set(report.code, (counts.get(report.code) ?? 0) + 1);
  busyMilliseconds += report.milliseconds;
  if (report.milliseconds > slowest.milliseconds) {
    slowest = { milliseconds: Math.round(report.milliseconds), name: text };
  }
  if (report.growthBytes > largest.growthBytes) {
    largest = { growthBytes: report.growthBytes, name: text };
  }
  if (report.code === 'DEFECT') {
    const earlier = defects.get(report.signature) ?? 0;
    defects.set(report.signature, earlier + 1);
    if (earlier > 0) return;
    console.error(`DEFECT ${text} (${report.inputBytes} bytes): ${report.defect ?? ''}`);
    save(name, 'defect');
    return;
  }
  if (seen.has(report.signature)) return;
  seen.add(report.signature);
  if (values['keep-novel']) save(name, report.code);
  if (isParent && name.rounds.length < MAX_ROUNDS) {
    corpus.push({ name, milliseconds: report.milliseconds });
  }
}

/**
 * The next case: a fresh one, or an earlier one that ended in a new way, mutated further.
 *
 * Of some that are drawn the fastest is taken: slow ones would otherwise take most of the time, as
 * what grows from them is slow too.
 */
function draw(number: number): CaseName {
  const random = createRandom(`${seed} draw ${number}`);
  if (corpus.length === 0 || random.oneIn(2)) return drawStart(seed, number, seeds);
  const drawn = Array.from({ length: PARENTS_DRAWN }, () => random.pick(corpus));
  const parent = drawn.reduce((a, b) => (b.milliseconds < a.milliseconds ? b : a)).name;
  return { ...parent, rounds: [...parent.rounds, number] };
}

const start = performance.now();
const elapsed = (): number => (performance.now() - start) / 1000;

async function runAll(runners: readonly CaseRunner[]): Promise<number> {
  let told = start;
  let done = 0;
  for (const name of values.bombs ? bombCases(seed) : []) {
    const [report] = await runners[0]!.run([name]);
    note(name, report!, false);
  }
  while (done < total && elapsed() < minutes * 60) {
    const count = Math.min(BATCH * runners.length, total - done);
    const names = Array.from({ length: count }, (_, i) => draw(done + i));
    const parts = runners.map((runner, i) =>
      runner.run(names.filter((_, at) => at % runners.length === i)),
    );
    for (const [i, reports] of (await Promise.all(parts)).entries()) {
      reports.forEach((report, at) => note(names[at * runners.length + i]!, report));
    }
    done += count;
    if (performance.now() - told > PROGRESS_MILLISECONDS) {
      told = performance.now();
      const speed = Math.round(done / elapsed());
      console.error(`${done} cases, ${speed}/s, ${seen.size} endings, ${defects.size} defects`);
    }
  }
  return done;
}

/** Runs one case again. */
async function runOne([runner]: readonly CaseRunner[], name: CaseName): Promise<number> {
  const [report] = await runner!.run([name]);
  note(name, report!);
  save(name, 'case');
  console.error(
    `${formatCase(name)}: ${report!.signature}, ${Math.round(report!.milliseconds)} ms`,
  );
  return 1;
}

const runners = Array.from({ length: workers }, () => new CaseRunner());
const done = await (only === null ? runAll(runners) : runOne(runners, only)).finally(() => {
  for (const runner of runners) runner[Symbol.dispose]();
});
console.log(
  JSON.stringify({
    seed,
    cases: done,
    seconds: Math.round(elapsed()),
    secondsUnderTest: Math.round(busyMilliseconds / 1000),
    outcomes: Object.fromEntries([...counts].sort(([a], [b]) => a.localeCompare(b))),
    endings: seen.size,
    defects: Object.fromEntries(defects),
    slowest,
    largest: { mebibytes: Math.round(largest.growthBytes / 2 ** 20), name: largest.name },
  }),
);
process.exitCode = defects.size > 0 ? 1 : 0;

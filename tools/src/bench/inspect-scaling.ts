// Times `featuretap inspect` as a whole process on networks of growing size, interleaved.
//   npm run bench:inspect -- FILE… [--rounds 7]
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const CLI = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '7' } },
});
const rounds = Number(values.rounds);
if (positionals.length === 0 || !(rounds > 0)) {
  console.error('usage: npm run bench:inspect -- FILE… [--rounds 7]');
  process.exit(2);
}

/** Milliseconds of one whole process, and its number of nodes. */
function inspect(file: string): { milliseconds: number; nodes: number } {
  const start = performance.now();
  const done = spawnSync(process.execPath, [CLI, 'inspect', file, '--json'], { encoding: 'utf8' });
  const milliseconds = performance.now() - start;
  if (done.status !== 0) throw new Error(done.stderr);
  return { milliseconds, nodes: (JSON.parse(done.stdout) as { nodes: number }).nodes };
}

function start(): number {
  const begin = performance.now();
  spawnSync(process.execPath, [CLI, '--help']);
  return performance.now() - begin;
}

const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
const spread = (times: readonly number[]): string =>
  `${Math.min(...times).toFixed(0)}–${Math.max(...times).toFixed(0)}`;

const starts: number[] = [];
const times = new Map<string, number[]>(positionals.map((file) => [file, []]));
const nodes = new Map<string, number>();
for (let round = 0; round < rounds; round++) {
  starts.push(start());
  for (const file of positionals) {
    const one = inspect(file);
    times.get(file)?.push(one.milliseconds);
    nodes.set(file, one.nodes);
  }
}
const base = median(starts);
console.log(`--help: ${base.toFixed(0)} ms (${spread(starts)})`);
for (const [file, measured] of times) {
  const count = nodes.get(file) ?? NaN;
  const own = median(measured) - base;
  console.log(
    `${count} nodes: ${median(measured).toFixed(0)} ms (${spread(measured)}), ` +
      `${((own * 1000) / count).toFixed(1)} µs a node beyond --help  ${file}`,
  );
}

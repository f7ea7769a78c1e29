// The process that cases run in; it may hang or run out of memory, so it judges nothing itself.
import { makeCase, formatCase, type CaseName } from './make-case.js';
import { runCase, type Outcome } from './run-case.js';
import { loadSeeds } from './seeds.js';

/** What the worker says of one case. */
export interface Report extends Outcome {
  /** Milliseconds in the code under test: of the clock or the processor, whichever are fewer. */
  readonly milliseconds: number;
  /** Growth of the process's resident memory at its highest, bytes. */
  readonly growthBytes: number;
  /** Size of the input, bytes. */
  readonly inputBytes: number;
}

/** Highest resident memory so far, bytes; Node gives kilobytes. */
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

const seeds = loadSeeds();

async function run(name: CaseName): Promise<Report> {
  const bytes = makeCase(name, seeds);
  const before = { rss: process.memoryUsage.rss(), peak: peakBytes() };
  const start = performance.now();
  const used = process.cpuUsage();
  const outcome = await runCase(bytes, formatCase(name));
  // On a busy machine the clock counts others' work; with parallel garbage collection the
  // processor's time counts double.
  const { user, system } = process.cpuUsage(used);
  const milliseconds = Math.min(performance.now() - start, (user + system) / 1000);
  const peak = peakBytes();
  const growthBytes = peak > before.peak ? peak - before.rss : 0;
  return { ...outcome, milliseconds, growthBytes, inputBytes: bytes.length };
}

process.on('message', (names: readonly CaseName[]) => {
  void (async () => {
    for (const name of names) process.send?.(await run(name));
  })();
});

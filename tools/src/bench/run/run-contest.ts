import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { seededRandom, shuffled } from '../statistics.js';
import type {
  Contest,
  Contestant,
  ContestantResult,
  ContestResult,
  FreshSample,
} from './contest.js';
import type { MemoryUse, Sample, Work } from './protocol.js';
import type { Child, Workbench } from './workbench.js';

/** How to run. */
export interface RunSettings {
  /** Samples of each contestant. */
  readonly rounds: number;
  /** Fresh processes of each contestant. */
  readonly freshRounds: number;
  /** Wanted length of a sample of one run, milliseconds: it is repeated until about so long. */
  readonly sampleMs: number;
  /** Told how far it is. */
  readonly onProgress: (text: string) => void;
}

/** Most repetitions of a sample. */
const MOST_REPEATS = 400;

/** Repetitions before memory is read in a fresh process, so that the arena has its size. */
const SETTLING_RUNS = 3;

/** The contestant while it runs. */
interface Running {
  readonly contestant: Contestant;
  readonly child: Child;
  readonly repeats: number;
  readonly before: MemoryUse;
  readonly compiled: string | null;
  readonly samples: Sample[];
}

/** Runs a contest: fresh processes first, then rounds in processes that stay. */
export async function runContest(
  bench: Workbench,
  contest: Contest,
  settings: RunSettings,
): Promise<ContestResult> {
  const refused = new Map<string, string>();
  const fresh = contest.fresh ? await runFresh(bench, contest, settings) : null;
  const running: Running[] = [];
  for (const contestant of contest.contestants) {
    const started = await begin(bench, contestant, settings.sampleMs);
    if (typeof started === 'string') refused.set(contestant.id, started);
    else running.push(started);
  }
  const random = seededRandom(settings.rounds);
  for (let round = 0; round < settings.rounds; round++) {
    for (const { contestant, child, repeats, samples } of shuffled(running, random)) {
      samples.push(checkSample(await child.ask({ op: 'sample', work: contestant.work, repeats })));
    }
    const each = running.map(({ contestant, samples }) => {
      const last = samples.at(-1)!;
      return `${contestant.id} ${(last.wallMs / last.images).toFixed(1)}`;
    });
    const place = `${contest.id} round ${round + 1}/${settings.rounds}`;
    settings.onProgress(`${place}, ms an image: ${each.join(', ')}`);
  }
  const results = new Map<string, Partial<ContestantResult>>();
  for (const { contestant, child, before, compiled, samples } of running) {
    const after = await child.ask({ op: 'memory' });
    results.set(contestant.id, { samples, compiled, memory: { before, after } });
    await child.end();
  }
  const { id, title, comparisons } = contest;
  return {
    ...{ id, title, comparisons },
    contestants: contest.contestants.map(({ id: name, label }) => {
      const why = refused.get(name);
      const taken = { samples: [], ...results.get(name), fresh: fresh?.get(name) ?? [] };
      return { id: name, label, ...taken, ...(why === undefined ? {} : { refused: why }) };
    }),
  };
}

/** Starts a child, warms it and finds how often its work fits into a sample; or why it refuses. */
async function begin(
  bench: Workbench,
  contestant: Contestant,
  sampleMs: number,
): Promise<Running | string> {
  const { work, spec } = contestant;
  const child = bench.start(spec);
  const { refused, before, compiled } = await child.ask({ op: 'load', spec, work });
  if (refused !== undefined) {
    await child.end();
    return refused;
  }
  await child.ask({ op: 'sample', work, repeats: work.kind === 'tensor' ? 2 : 1 });
  let repeats = 1;
  if (work.kind === 'tensor') {
    const { wallMs } = await child.ask({ op: 'sample', work, repeats: 2 });
    repeats = Math.min(MOST_REPEATS, Math.max(1, Math.round((2 * sampleMs) / wallMs)));
  }
  return { contestant, child, repeats, before, compiled, samples: [] };
}

/** @throws Error when nothing was measured */
function checkSample(sample: Sample): Sample {
  if (sample.images > 0 && sample.wallMs > 0) return sample;
  throw new Error(`Expected a sample of some images, got ${JSON.stringify(sample)}.`);
}

/** Loads every contestant in processes of its own, in another order each time. */
async function runFresh(
  bench: Workbench,
  { id, contestants }: Contest,
  { freshRounds, onProgress }: RunSettings,
): Promise<Map<string, FreshSample[]>> {
  const samples = new Map<string, FreshSample[]>(contestants.map(({ id: name }) => [name, []]));
  const random = seededRandom(freshRounds + 1);
  for (let round = 0; round < freshRounds; round++) {
    for (const contestant of shuffled(contestants, random)) {
      await warm(filesOf(contestant));
      const sample = await freshSample(bench, contestant);
      if (sample !== null) samples.get(contestant.id)?.push(sample);
    }
    const each = contestants.flatMap(({ id: name }) => {
      const last = samples.get(name)?.at(-1);
      if (last === undefined) return [];
      const held = ((last.privateBytes ?? NaN) / 1e6).toFixed(0);
      return [`${name} ${last.loadMs.toFixed(0)} ms ${held} MB`];
    });
    onProgress(`${id} load ${round + 1}/${freshRounds}: ${each.join(', ')}`);
  }
  return samples;
}

async function freshSample(
  bench: Workbench,
  { spec, work }: Contestant,
): Promise<FreshSample | null> {
  const child = bench.start(spec);
  const { refused, loadMs, before } = await child.ask({ op: 'load', spec, work });
  if (refused !== undefined) {
    await child.end();
    return null;
  }
  const ready = await child.ask({ op: 'memory' });
  const repeats = work.kind === 'tensor' ? SETTLING_RUNS : 1;
  await child.ask({ op: 'sample', work, repeats });
  const after = await child.ask({ op: 'memory' });
  await child.end();
  return {
    loadMs,
    readyBytes: beyond(ready, before),
    privateBytes: beyond(after, before),
    peakBytes: after.peakBytes,
  };
}

/** Private memory beyond what was there before. */
function beyond(after: MemoryUse, before: MemoryUse): number | null {
  if (after.anonymousBytes === null || before.anonymousBytes === null) return null;
  return after.anonymousBytes - before.anonymousBytes;
}

function filesOf({ spec, work }: Contestant): string[] {
  const models =
    spec.kind === 'raw'
      ? spec.sessions.map(({ file }) => file)
      : spec.kind === 'extractor'
        ? [spec.file]
        : [];
  return [...models, ...inputsOf(work)];
}

const inputsOf = (work: Work): readonly string[] =>
  work.kind === 'images' ? work.files : [work.file];

/** Reads files once, so that the page cache holds them. */
async function warm(files: readonly string[]): Promise<void> {
  for (const file of new Set(files)) {
    const stream = createReadStream(file, { highWaterMark: 1 << 20 });
    stream.resume();
    await once(stream, 'close');
  }
}

import { once } from 'node:events';
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyFolder, type BenchCase } from './cases.js';
import { CommandError, measure, type Sample } from './measure.js';
import type { MadeModel } from './models.js';
import type { Scratch } from './scratch.js';
import { seededRandom, shuffled } from '../statistics.js';

/** A case and its runs, one a round. */
export interface CaseResult extends Pick<BenchCase, 'id' | 'label' | 'kind' | 'standsAlone'> {
  /** The runs; none when the case was refused. */
  readonly samples: readonly Sample[];
  /** Why it did not run. */
  readonly refused?: string;
}

/** How to run. */
export interface RunOptions {
  /** Python that measures. */
  readonly python: string;
  /** Runs of each case. */
  readonly rounds: number;
  /** Told of each run. */
  readonly onProgress: (text: string) => void;
}

/** Removes what cases wrote; only the model stays. */
export function removeOutputs(model: MadeModel): void {
  const folder = dirname(model.file);
  const own = new Set(model.files);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!own.has(path)) rmSync(path, { recursive: true, force: true });
  }
  mkdirSync(copyFolder(model), { recursive: true });
}

/** Reads files once, so that the page cache holds them. */
async function warm(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const stream = createReadStream(file, { highWaterMark: 1 << 20 });
    stream.resume();
    await once(stream, 'close');
  }
}

/** Waits until nothing that an earlier case wrote is still on its way to the disk. */
async function settle(scratch: Scratch, model: MadeModel): Promise<void> {
  removeOutputs(model);
  await scratch.run(['sync', '-f', scratch.folder]);
}

/**
 * Runs every case once a round, in another order each round.
 *
 * A peer that fails is left out of further rounds; a failure of ours or of a control ends the run.
 */
export async function runCases(
  scratch: Scratch,
  model: MadeModel,
  cases: readonly BenchCase[],
  { python, rounds, onProgress }: RunOptions,
): Promise<CaseResult[]> {
  const samples = new Map<string, Sample[]>(cases.map(({ id }) => [id, []]));
  const refused = new Map<string, string>();
  const random = seededRandom(rounds);
  for (let round = 0; round < rounds; round++) {
    await warm(model.files);
    for (const one of shuffled(cases, random)) {
      const tried = one.kind === 'peer' && model.peers === 'tried' && round > 0;
      if (refused.has(one.id) || tried) continue;
      await settle(scratch, model);
      try {
        const sample = await measure(scratch, python, one.command);
        samples.get(one.id)?.push(sample);
        const took = `${sample.wallMs.toFixed(0)} ms, ${(sample.peakBytes / 1e6).toFixed(0)} MB`;
        onProgress(`${model.id} round ${round + 1}/${rounds} ${one.id}: ${took}`);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        if (one.kind !== 'peer')
          throw new Error(`${one.label}: ${error.message}`, { cause: error });
        refused.set(one.id, error.message);
        onProgress(`${model.id} ${one.id} refused: ${error.message}`);
      }
    }
  }
  removeOutputs(model);
  return cases.map(({ id, label, kind, standsAlone }) => {
    const why = refused.get(id);
    const runs = samples.get(id) ?? [];
    return {
      ...{ id, label, kind, standsAlone },
      samples: why === undefined ? runs : [],
      ...(why === undefined ? {} : { refused: why }),
    };
  });
}

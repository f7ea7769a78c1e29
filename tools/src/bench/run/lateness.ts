import { INPUT_ROWS } from './photos.js';
import type { Setting } from './setting.js';
import type { ExtractorSpec, Lateness } from './protocol.js';
import type { Workbench } from './workbench.js';

/** How late a timer is. */
export interface LatenessResult {
  /** What runs the model: threads of the caller's process, or processes. */
  readonly isolation: 'thread' | 'process';
  /** Images of a run. */
  readonly batch: number;
  /** Windows in which nothing else happened in the process. */
  readonly idle: readonly Lateness[];
  /** Windows in which runs followed one another. */
  readonly busy: readonly Lateness[];
}

/** How long to look, and at which kind of worker. */
export interface LatenessSettings extends Pick<LatenessResult, 'isolation'> {
  /** Windows of each kind, in turn. */
  readonly windows: number;
  /** Length of a window, milliseconds. */
  readonly forMs: number;
}

/**
 * Measures a 5 ms timer in a process that runs an extractor, in turn without and with runs.
 *
 * @returns null when this version has no such workers.
 */
export async function measureLateness(
  bench: Workbench,
  { model, input, shape }: Setting,
  { windows, forMs, isolation }: LatenessSettings,
): Promise<LatenessResult | null> {
  const options = { compiledCache: false, isolation };
  const spec: ExtractorSpec = { kind: 'extractor', file: model.tapped, options, fields: null };
  const work = { kind: 'tensor', file: input, shape, batch: INPUT_ROWS } as const;
  const child = bench.start(spec);
  const { refused } = await child.ask({ op: 'load', spec, work });
  if (refused !== undefined) {
    await child.end();
    return null;
  }
  await child.ask({ op: 'sample', work, repeats: 2 });
  const [idle, busy]: [Lateness[], Lateness[]] = [[], []];
  for (let window = 0; window < windows; window++) {
    idle.push(await child.ask({ op: 'lateness', work: null, forMs }));
    busy.push(await child.ask({ op: 'lateness', work, forMs }));
  }
  await child.end();
  return { isolation, batch: INPUT_ROWS, idle, busy };
}

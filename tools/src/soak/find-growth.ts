import type { Checkpoint } from './checkpoint.js';

/** Memory that may be added between the second quarter and the last, in MB. */
export interface GrowthLimits {
  /** Resident memory: allocators move it by some MB; 1 KB kept of each image would add 10. */
  readonly rss: number;
  /** Objects and buffers of the main thread, measured after a collection: they hardly move. */
  readonly held: number;
}

/** Limits for tens of thousands of small images. */
const GROWTH_LIMITS: GrowthLimits = { rss: 10, held: 2 };

/**
 * Says what grew over a run; an empty list when nothing did.
 *
 * The first quarter is warm-up: compiled code, arenas and pools of threads come with first use. The
 * medians of the second and the last quarter are compared for memory; handles and files, which are
 * counted when all is idle, must not be more at the end than at the first checkpoint.
 */
export function findGrowth(
  checkpoints: readonly Checkpoint[],
  limits: GrowthLimits = GROWTH_LIMITS,
): readonly string[] {
  const quarter = Math.floor(checkpoints.length / 4);
  if (quarter === 0) throw new Error('Expected at least four checkpoints.');
  const early = checkpoints.slice(quarter, 2 * quarter);
  const late = checkpoints.slice(-quarter);
  const complaints: string[] = [];
  for (const [name, limit] of [
    ['rss', limits.rss],
    ['heap', limits.held],
    ['buffers', limits.held],
  ] as const) {
    const [from, to] = [
      median(early.map((each) => each[name])),
      median(late.map((each) => each[name])),
    ];
    if (to - from > limit) {
      complaints.push(`${name} grew from ${from.toFixed(1)} to ${to.toFixed(1)} MB`);
    }
  }
  const [first, last] = [checkpoints[0]!, checkpoints.at(-1)!];
  for (const name of ['resources', 'files'] as const) {
    const [from, to] = [first[name], last[name]];
    if (from !== null && to !== null && to > from)
      complaints.push(`${name} grew from ${from} to ${to}`);
  }
  return complaints;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? NaN;
}

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** Where Linux shows the limits of a process's control group, as a container sees it. */
const CONTROL_GROUP = '/sys/fs/cgroup';

function readNumbers(path: string): number[] {
  try {
    // `max` where there is no limit.
    return readFileSync(path, 'utf8').trim().split(/\s+/u).map(Number);
  } catch {
    return [];
  }
}

/** Cores that the quota of a control group amounts to; infinite when there is none. */
function quota(folder: string): number {
  // Version 2: `quota period`, in microseconds; version 1: a file for each, -1 for no quota.
  const [v2 = NaN, period = NaN] = readNumbers(join(folder, 'cpu.max'));
  const [v1 = NaN] = readNumbers(join(folder, 'cpu', 'cpu.cfs_quota_us'));
  const [v1Period = NaN] = readNumbers(join(folder, 'cpu', 'cpu.cfs_period_us'));
  const cores = v2 > 0 ? v2 / period : v1 / v1Period;
  return cores > 0 ? cores : Infinity;
}

/**
 * Cores that this process may use: those that it may be scheduled on, and no more than its
 * container's quota, which Node 20 does not know of. A part of a core counts as one.
 *
 * @param folder - where the control group is; another one in tests.
 */
export function availableCores(folder = CONTROL_GROUP): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(quota(folder))));
}

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { availableCores } from '../../src/extract/available-cores.js';

const cores = availableParallelism();

function group(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'featuretap-cgroup-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe('the cores of a process', () => {
  it.each<[string, Readonly<Record<string, string>>, number]>([
    ['all without a control group', {}, cores],
    ['all without a quota', { 'cpu.max': 'max 100000\n' }, cores],
    ['a half, counted as one', { 'cpu.max': '50000 100000\n' }, 1],
    ['one', { 'cpu.max': '100000 100000\n' }, 1],
    ['no more than there are', { 'cpu.max': '6400000 100000\n' }, cores],
    ['what nobody can read', { 'cpu.max': 'nonsense' }, cores],
    [
      'one, by the older version',
      { 'cpu/cpu.cfs_quota_us': '100000\n', 'cpu/cpu.cfs_period_us': '100000\n' },
      1,
    ],
    [
      'all, by the older version',
      { 'cpu/cpu.cfs_quota_us': '-1\n', 'cpu/cpu.cfs_period_us': '100000\n' },
      cores,
    ],
  ])('are %s', (_, files, expected) => {
    expect(availableCores(group(files))).toBe(expected);
  });
});

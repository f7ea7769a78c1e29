import { describe, expect, it } from 'vitest';
import { judge } from '../src/bench/bar.js';
import { readOptions } from '../src/bench/run/bench-options.js';
import { largestDifference, smallestCosine } from '../src/bench/run/check-results.js';
import type { ContestantResult, ContestResult } from '../src/bench/run/contest.js';
import { benchmarkPage, figuresPage } from '../src/bench/run/page.js';
import { comparedRatios, ratioSection } from '../src/bench/run/ratios.js';
import { modelSection, type BenchResult, type ModelResult } from '../src/bench/run/report.js';

/** A contestant whose samples have ten images and take so long in all. */
function contestant(id: string, wallMs: readonly number[], memory: number): ContestantResult {
  return {
    id,
    label: `way ${id}`,
    samples: wallMs.map((ms) => ({ wallMs: ms, cpuMs: 2 * ms, images: 10 })),
    fresh: [80, 90].map((loadMs) => ({
      loadMs,
      readyBytes: memory / 2,
      privateBytes: memory,
      peakBytes: 2 * memory,
    })),
  };
}

const contest: ContestResult = {
  id: 'record',
  title: 'One against two',
  contestants: [contestant('two', [40, 400, 60], 100e6), contestant('one', [20, 200, 20], 40e6)],
  comparisons: [
    {
      label: 'time',
      figure: 'time',
      over: 'two',
      under: 'one',
      bar: { kind: 'at least', value: 1.9 },
    },
    {
      label: 'memory',
      figure: 'memory',
      over: 'one',
      under: 'two',
      bar: { kind: 'at most', value: 0.3 },
    },
    { label: 'processor', figure: 'cpu', over: 'two', under: 'one' },
    { label: 'absent', figure: 'time', over: 'two', under: 'missing' },
  ],
};

const lateness = (maxMs: number) => [{ ticks: 200, maxMs, p99Ms: maxMs / 2, runs: 3 }];

const model: ModelResult = {
  model: { id: 'demo', architecture: 'efficientnet_lite0', bytes: 18.6e6 },
  checked: { largest: 2e-7, cachedBits: true, torch: null, cosine: 0.99871 },
  contests: [contest],
  lateness: [{ isolation: 'thread', batch: 8, idle: lateness(1.5), busy: lateness(20) }],
};

const result: BenchResult = {
  host: {
    date: '2026-01-02',
    system: 'Linux 6.1 x64',
    processor: 'A processor',
    cores: 2,
    load: 0.1,
    memoryBytes: 25e9,
  },
  versions: { node: '20.19.0' },
  rounds: 3,
  freshRounds: 2,
  seconds: 600,
  leftOut: ['resnet50: its file is not there.'],
  models: [model],
};

describe('comparedRatios', () => {
  it('are medians of the ratios of rounds, and only of what was measured', () => {
    const ratios = comparedRatios(contest).map(({ label, ratio }) => [label, ratio.value]);
    expect(ratios).toEqual([
      ['time', 2],
      ['memory', 0.4],
      ['processor', 2],
    ]);
  });
});

describe('judge', () => {
  it.each([
    ['at most', [1, 0.9, 1.05], true, true],
    ['at most', [1, 0.9, 1.06], true, false],
    ['at most', [1.06, 1.05, 1.2], false, false],
    ['at most', [1.2, 1.1, 1.3], false, true],
    ['at least', [1.2, 1.1, 1.3], true, true],
    ['at least', [1.2, 1.04, 1.3], true, false],
    ['at least', [1, 0.9, 1.04], false, true],
  ] as const)('of %s 1.05 for %j: %s, sure: %s', (kind, [value, low, high], holds, isSure) => {
    expect(judge({ value, low, high }, { kind, value: 1.05 })).toEqual({ holds, isSure });
  });
});

describe('the ratios', () => {
  it('have a column for each model, and say which bars hold', () => {
    const other = { ...model, model: { ...model.model, id: 'other' }, contests: [] };
    const lines = ratioSection([model, other]).split('\n');
    expect(lines).toContain('|  | demo | other | bar |');
    expect(lines).toContain('| time | 2.00 (2.00–3.00) yes |  | at least 1.9 |');
    expect(lines).toContain('| memory | 0.40 (0.40–0.40) **no** |  | at most 0.3 |');
    expect(lines).toContain('| processor | 2.00 (2.00–3.00) |  |  |');
  });
});

describe('the tables of a model', () => {
  const lines = modelSection(model).split('\n');

  it('have a row for each contestant: time and processor time an image, load, memory', () => {
    expect(lines).toContain(
      '| way one | 2.00 (2.00–20.0) | 500 (50.0–500) | 4.00 (4.00–40.0) | 85.0 (80.0–90.0) | ' +
        '20.0 (20.0–20.0) | 40.0 (40.0–40.0) | 80.0 (80.0–80.0) |',
    );
  });

  it('say what was compared before', () => {
    expect(lines.join('\n')).toContain('cosine 0.9987 or more');
  });
});

describe('the page', () => {
  it('counts the bars, names the machine and what was left out', () => {
    const page = benchmarkPage(result);
    expect(page).toContain('1 of 3 bars hold on the median');
    expect(page).toContain('2 cores (A processor; load 0.1 before the run)');
    expect(page).toContain('- resnet50: its file is not there.');
    expect(figuresPage(result)).toContain('### One against two, 10 a sample');
    expect(page).toContain(
      '| the same, runs of 8 images under way | 20.0 | 10.0 (10.0–10.0) | 200 | 3 | less than 20 ms | no |',
    );
  });
});

describe('largestDifference', () => {
  const field = (values: number[], shape = [1, values.length]) => ({ shape, values });

  it('is a part of the largest number of the field', () => {
    const expected = { logits: field([1, -4]), pooled: field([2]) };
    expect(largestDifference({ logits: field([1, -3]) }, expected)).toBe(0.25);
    expect(largestDifference(expected, expected)).toBe(0);
  });

  it('refuses other shapes, and results without a field in common', () => {
    const expected = { logits: field([1, 2]) };
    expect(() => largestDifference({ logits: field([1, 2], [2, 1]) }, expected)).toThrow('[1, 2]');
    expect(() => largestDifference({ pooled: field([1]) }, expected)).toThrow('in common');
  });
});

describe('smallestCosine', () => {
  it('is that of the row that differs most', () => {
    const first = { shape: [2, 2], values: [1, 0, 3, 4] };
    expect(smallestCosine(first, { shape: [2, 2], values: [2, 0, 4, 3] })).toBeCloseTo(0.96, 12);
  });
});

describe('readOptions', () => {
  it('leaves other programs out of a quick run, and out when told to', () => {
    expect(readOptions([])).toMatchObject({ isQuick: false, hasPeers: true, rounds: 10 });
    expect(readOptions(['--quick'])).toMatchObject({ isQuick: true, hasPeers: false, rounds: 2 });
    expect(readOptions(['--no-peers'])).toMatchObject({ hasPeers: false });
  });

  it.each([[['--rounds', '0']], [['--only', 'alexnet']], [['--unknown']]])('refuses %j', (args) => {
    expect(() => readOptions(args)).toThrow();
  });
});

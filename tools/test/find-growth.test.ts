import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../src/soak/checkpoint.js';
import { findGrowth } from '../src/soak/find-growth.js';

/** Eight checkpoints; `change` says what differs at each. */
function run(change: (round: number) => Partial<Checkpoint>): Checkpoint[] {
  return Array.from({ length: 8 }, (_, round) => ({
    images: 1000 * (round + 1),
    rss: 200,
    heap: 20,
    buffers: 1,
    resources: 3,
    files: 20,
    ...change(round),
  }));
}

describe('findGrowth', () => {
  it.each<[string, (round: number) => Partial<Checkpoint>]>([
    ['nothing changes', () => ({})],
    ['memory goes up while it warms up', (round) => ({ rss: round < 2 ? 100 * round : 200 })],
    ['memory moves either way', (round) => ({ rss: 200 + 9 * (round % 2) })],
    ['memory shrinks', (round) => ({ rss: 300 - round, heap: 30 - round })],
    ['files are unknown', () => ({ files: null })],
    ['files are fewer at the end', (round) => ({ files: 30 - round })],
  ])('is silent when %s', (_, change) => {
    expect(findGrowth(run(change))).toEqual([]);
  });

  it.each<[string, (round: number) => Partial<Checkpoint>]>([
    ['rss', (round) => ({ rss: 200 + 5 * round })],
    ['heap', (round) => ({ heap: 20 + round })],
    ['buffers', (round) => ({ buffers: 1 + round })],
    ['resources', (round) => ({ resources: 3 + (round === 7 ? 1 : 0) })],
    ['files', (round) => ({ files: 20 + (round > 5 ? 1 : 0) })],
  ])('tells that %s grew', (name, change) => {
    expect(findGrowth(run(change))).toEqual([
      expect.stringMatching(new RegExp(`^${name} grew`, 'u')),
    ]);
  });

  it('needs enough checkpoints to tell', () => {
    expect(() => findGrowth(run(() => ({})).slice(0, 3))).toThrow(/four checkpoints/u);
  });
});

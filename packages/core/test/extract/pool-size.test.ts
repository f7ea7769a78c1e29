import { describe, expect, it } from 'vitest';
import { availableCores } from '../../src/extract/available-cores.js';
import { poolSize, type PoolWishes } from '../../src/extract/pool-size.js';

describe('the size of a pool on 8 cores', () => {
  it.each<[PoolWishes, number, number]>([
    [{ profile: 'latency' }, 1, 8],
    [{ profile: 'latency', workers: 3 }, 3, 2],
    [{ profile: 'latency', workers: 16 }, 16, 1],
    [{ profile: 'latency', threads: 2 }, 1, 2],
    [{ profile: 'throughput' }, 8, 1],
    [{ profile: 'throughput', threads: 3 }, 2, 3],
    [{ profile: 'throughput', threads: 16 }, 1, 16],
    [{ profile: 'throughput', workers: 2 }, 2, 1],
    [{ profile: 'throughput', workers: 5, threads: 6 }, 5, 6],
  ])('with %o is %d workers of %d threads', (wishes, workers, threads) => {
    expect(poolSize(wishes, 8)).toEqual({ workers, threads });
  });
});

describe('the size of a pool', () => {
  it('is that of this machine when no cores are named', () => {
    const cores = availableCores();
    expect(poolSize({ profile: 'throughput' })).toEqual({ workers: cores, threads: 1 });
    expect(poolSize({ profile: 'latency' })).toEqual({ workers: 1, threads: cores });
  });
});

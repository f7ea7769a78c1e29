import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { platform } from 'node:os';
import { describe, expect, it } from 'vitest';
import { memoryUse, processorMs } from '../src/bench/run/process-tree.mjs';
import { parts, thinOut } from '../src/bench/run/work-input.mjs';

/** Holds 100 MB and has used a third of a second of a processor before it says so. */
const HOLDER = `const held = Buffer.alloc(100e6, 1);
const end = performance.now() + 350;
while (performance.now() < end);
process.stdout.write('ready');
process.stdin.once('data', () => process.exit(held[0]));`;

describe('memoryUse and processorMs', () => {
  it('count what child processes hold and use, where there is a /proc', async () => {
    const [memory, processor] = [memoryUse(), processorMs()];
    if (platform() !== 'linux') {
      expect(memory).toEqual({ anonymousBytes: null, peakBytes: null });
      return;
    }
    const child = spawn(process.execPath, ['-e', HOLDER], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(child.stdout, 'data');
      const then = memoryUse();
      expect(then.anonymousBytes! - memory.anonymousBytes!).toBeGreaterThan(90e6);
      expect(then.peakBytes! - memory.peakBytes!).toBeGreaterThan(90e6);
      expect(processorMs() - processor).toBeGreaterThan(100);
    } finally {
      child.stdin.end('\n');
      await once(child, 'close');
    }
    expect(memoryUse().anonymousBytes! - memory.anonymousBytes!).toBeLessThan(60e6);
  });
});

describe('thinOut', () => {
  it('keeps a small field whole, and of a large one elements at even distances', () => {
    expect(thinOut([1, 3], [1, 2, 3])).toEqual({ shape: [1, 3], values: [1, 2, 3] });
    const large = Float32Array.from({ length: 10_000 }, (_, i) => i);
    const { shape, values } = thinOut([2, 5000], large);
    expect(shape).toEqual([2, 5000]);
    expect(values).toHaveLength(3334);
    expect(values.slice(0, 3)).toEqual([0, 3, 6]);
  });
});

describe('parts', () => {
  it('cuts a list, the last part being the rest', () => {
    expect([...parts([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
  });
});

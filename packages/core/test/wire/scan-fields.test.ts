import { describe, expect, it } from 'vitest';
import { isFeaturetapError } from '../../src/spec/errors.js';
import { bytesSource, type ByteSource } from '../../src/wire/byte-source.js';
import { walkFields, type WireField } from '../../src/wire/field.js';
import { SCAN_WINDOW_BYTES, scanFields } from '../../src/wire/scan-fields.js';

/** A field of every wire type and of a length around the size of the window. */
function message(lengths: readonly number[]): Uint8Array {
  const parts = lengths.map((length, i) => {
    const prefix = [0x08, i, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x1d, 1, 2, 3, 4];
    const size = [(length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
    return Uint8Array.from([...prefix, 0x22, ...size, ...new Array<number>(length).fill(i)]);
  });
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

async function scan(source: ByteSource, start = 0, end = source.size): Promise<WireField[]> {
  const fields: WireField[] = [];
  for await (const { field, wireType, start: at, valueStart, end: to } of scanFields(source, {
    start,
    end,
  })) {
    fields.push({ field, wireType, start: at, valueStart, end: to });
  }
  return fields;
}

describe('scanFields', () => {
  const sizes = [0, 1, 200, SCAN_WINDOW_BYTES - 40, SCAN_WINDOW_BYTES, SCAN_WINDOW_BYTES + 1, 7];
  const bytes = message(sizes);

  it('finds what a walk in memory finds, wherever windows end', async () => {
    const walked = [...walkFields({ bytes, at: 0, base: 0 })];
    expect(walked).toHaveLength(4 * sizes.length);
    expect(await scan(bytesSource(bytes))).toEqual(walked);
  });

  it('gives the bytes of each value, in the window or not', async () => {
    for await (const field of scanFields(bytesSource(bytes), { start: 0, end: bytes.length })) {
      const expected = bytes.subarray(field.valueStart, field.end);
      expect(Buffer.compare(await field.bytes(), expected)).toBe(0);
    }
  });

  it('never reads a value of 100 MB', async () => {
    const length = 100_000_000;
    const header = Uint8Array.of(0x4a, 0x80, 0xc2, 0xd7, 0x2f);
    const tail = Uint8Array.of(0x10, 5);
    let read = 0;
    const source: ByteSource = {
      size: header.length + length + tail.length,
      read(start, end) {
        read += end - start;
        const window = new Uint8Array(end - start);
        if (start === 0) window.set(header);
        const tailAt = header.length + length;
        if (end > tailAt) window.set(tail.subarray(Math.max(0, start - tailAt)), tailAt - start);
        return Promise.resolve(window);
      },
    };
    const fields = await scan(source);
    expect(fields.map(({ field, valueStart, end }) => [field, end - valueStart])).toEqual([
      [9, length],
      [2, 1],
    ]);
    expect(read).toBeLessThan(2 * SCAN_WINDOW_BYTES);
  });

  it('reports a typed error for a message cut off inside any field', async () => {
    const short = message([3, 5]);
    const ends = new Set([...walkFields({ bytes: short, at: 0, base: 0 })].map(({ end }) => end));
    for (let length = 1; length < short.length; length++) {
      if (ends.has(length)) continue;
      const cut = scan(bytesSource(short.subarray(0, length)));
      await expect(cut, `${length} bytes`).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' });
    }
  });

  it('takes lengths only up to the end of the enclosing message', async () => {
    const inner = Uint8Array.of(0x0a, 3, 1, 2, 3, 0x10, 1);
    await expect(scan(bytesSource(inner), 0, 4)).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' });
    await expect(scan(bytesSource(inner), 0, 8)).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' });
    expect(await scan(bytesSource(inner), 5, 7)).toHaveLength(1);
  });

  it('takes any bytes without an untyped error', async () => {
    let state = 3;
    let refused = 0;
    for (let run = 0; run < 3000; run++) {
      const noise = Uint8Array.from({ length: 1 + (run % 40) }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return state >>> 24;
      });
      await scan(bytesSource(noise)).catch((error: unknown) => {
        if (!isFeaturetapError(error)) throw error;
        refused++;
      });
    }
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(3000);
  });
});

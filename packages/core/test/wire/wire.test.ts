import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/wire/byte-source.js';
import { readInt64, readTag, readVarint } from '../../src/wire/cursor.js';
import { decodeName, encodeName, printableName, printableNames } from '../../src/wire/name.js';
import { scanFields } from '../../src/wire/scan-fields.js';

const cursor = (...bytes: number[]): { bytes: Uint8Array; at: number; base: number } => ({
  bytes: Uint8Array.from(bytes),
  at: 0,
  base: 0,
});

describe('varints', () => {
  it.each([
    [[0], 0],
    [[1], 1],
    [[0xac, 0x02], 300],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], 0xffff_ffff],
  ])('%j is %i', (bytes, value) => {
    expect(readVarint(cursor(...bytes))).toBe(value);
    expect(readInt64(cursor(...bytes))).toBe(value);
  });

  it.each([
    [[0x80, 0x00], 0],
    [[0x85, 0x80, 0x80, 0x00], 5],
    [[0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], 127],
  ])('takes more bytes than it needs: %j', (bytes, value) => {
    const overlong = cursor(...bytes, 0x55);
    expect(readVarint(overlong)).toBe(value);
    expect(overlong.at).toBe(bytes.length);
  });

  it.each([
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -1],
    [[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -2],
    [[0x80, 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -1024],
    [[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], -(2 ** 63)],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 2 ** 63],
  ])('reads %j as int64 %i', (bytes, value) => {
    expect(readInt64(cursor(...bytes))).toBe(value);
  });

  it('refuses one that never ends and one that is cut off', () => {
    const endless = cursor(...new Array<number>(11).fill(0x80));
    expect(() => readVarint(endless)).toThrow(/longer than 10 bytes/);
    expect(() => readVarint(cursor(0x80))).toThrow(/cut off/);
  });
});

describe('tags', () => {
  it('reads field and wire type', () => {
    expect(readTag(cursor(0x3a))).toEqual({ field: 7, wireType: 2 });
    // The largest field number, 2^29 - 1.
    const largest = cursor(0xfd, 0xff, 0xff, 0xff, 0x0f);
    expect(readTag(largest)).toEqual({ field: 2 ** 29 - 1, wireType: 5 });
  });

  it('refuses a field number above the largest', () => {
    expect(() => readTag(cursor(0x80, 0x80, 0x80, 0x80, 0x10))).toThrow(/field number above 2\^29/);
  });

  it.each([[0x02], [0x0b], [0x0c], [0x0e], [0x0f]])('refuses 0x%s', (byte) => {
    expect(() => readTag(cursor(byte))).toThrow(/Expected protobuf wire format/);
  });
});

describe('scanFields', () => {
  it('finds fields beyond its window and reads only what is asked for', async () => {
    const large = new Uint8Array(300_000);
    const bytes = Uint8Array.from([0x0a, 0xe0, 0xa7, 0x12, ...large, 0x10, 5]);
    const reads: number[] = [];
    const inner = bytesSource(bytes);
    const source = {
      size: inner.size,
      read: (start: number, end: number) => {
        reads.push(end - start);
        return inner.read(start, end);
      },
    };
    const fields: [number, number][] = [];
    for await (const field of scanFields(source, { start: 0, end: bytes.length })) {
      fields.push([field.field, field.end - field.valueStart]);
    }
    expect(fields).toEqual([
      [1, 300_000],
      [2, 1],
    ]);
    expect(Math.max(...reads)).toBeLessThanOrEqual(1 << 16);
    expect(reads.reduce((a, b) => a + b, 0)).toBeLessThan(70_000);
  });

  it('refuses a length beyond the end', async () => {
    const walk = async (): Promise<void> => {
      const bytes = Uint8Array.of(0x0a, 9, 1);
      for await (const field of scanFields(bytesSource(bytes), { start: 0, end: 3 })) {
        expect(field.field).toBe(0);
      }
    };
    await expect(walk()).rejects.toMatchObject({ code: 'MODEL_TRUNCATED' });
  });
});

describe('names', () => {
  it('survive a round trip, whatever their bytes', () => {
    let state = 7;
    for (let run = 0; run < 2000; run++) {
      const bytes = Uint8Array.from({ length: run % 90 }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return state >>> 24;
      });
      expect(Buffer.compare(encodeName(decodeName(bytes)), bytes)).toBe(0);
    }
  });

  it('are themselves when they are UTF-8', () => {
    expect(decodeName(new TextEncoder().encode('größe/层'))).toBe('größe/层');
  });

  it('are printed without control characters and not at any length', () => {
    expect(printableName('a\u001b[31m\nb')).toBe('a\\u001b[31m\\u000ab');
    expect(printableName('a\u202egnp.exe')).toBe('a\\u202egnp.exe');
    expect(printableName('x'.repeat(500))).toHaveLength(201);
    expect(printableName(decodeName(Uint8Array.of(0x61, 0xff)))).toBe('a\\xff');
  });
});

describe('a list of names for people', () => {
  it.each([
    [[], 'none'],
    [['a'], '"a"'],
    [['a', 'b', 'a'], '"a", "b"'],
    [['\u0007'], '"\\u0007"'],
    [
      Array.from({ length: 11 }, (_, i) => `n${i}`),
      '"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7" and 3 more',
    ],
  ])('of %j is %s', (names, expected) => {
    expect(printableNames(names)).toBe(expected);
  });

  it('is short, however long the names are', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `${i}${'x'.repeat(10_000)}`);
    expect(printableNames(names).length).toBeLessThan(1000);
  });
});

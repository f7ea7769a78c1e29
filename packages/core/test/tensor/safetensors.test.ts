import { describe, expect, it } from 'vitest';
import { FeaturetapError } from '../../src/spec/errors.js';
import { readNpy } from '../../src/tensor/npy.js';
import {
  MAX_SAFETENSORS_HEADER_BYTES,
  parseSafetensorsHeader,
} from '../../src/tensor/safetensors-header.js';
import { readSafetensors, writeSafetensors } from '../../src/tensor/safetensors.js';
import { fixture } from './fixture.js';

const mixed = fixture('tensors/mixed.safetensors');

function file(header: string, dataBytes = 0, headerLength?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

function entry(shape: number[], offsets: unknown, dtype = 'F32'): object {
  return { dtype, shape, data_offsets: offsets };
}

describe('readSafetensors', () => {
  it('reads every dtype as the safetensors package wrote it', () => {
    const { tensors, metadata } = readSafetensors(mixed);
    expect([...metadata]).toEqual([['tool', 'numpy “goldens”']]);
    expect(tensors.size).toBe(10);
    for (const [name, tensor] of tensors) {
      expect(tensor, name).toEqual(readNpy(fixture(`tensors/${name}.npy`)));
    }
  });

  it('reads a file without tensors', () => {
    expect(readSafetensors(file('{}')).tensors.size).toBe(0);
  });

  it('keeps a tensor named like an object member', () => {
    const bytes = file(`{"__proto__":${JSON.stringify(entry([1], [0, 4]))}}`, 4);
    expect([...readSafetensors(bytes).tensors.keys()]).toEqual(['__proto__']);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a file of a few bytes', new Uint8Array(5), /8 bytes of header length/u],
    [
      'a header above the limit',
      file('{}', 0, BigInt(MAX_SAFETENSORS_HEADER_BYTES + 1)),
      /at most/u,
    ],
    ['a header length of 2^64 - 1', file('{}', 0, 2n ** 64n - 1n), /at most/u],
    ['a header longer than the file', file('{}', 0, 3n), /3 bytes of header/u],
    ['a header that is not JSON', file('{"a"'), /in JSON/u],
    ['a header that is not UTF-8', Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0xff), /UTF-8/u],
    ['a header that is a list', file('[]'), /JSON object/u],
    [
      'a name that occurs twice',
      file(
        `{"a":${JSON.stringify(entry([1], [0, 4]))},"\\u0061":${JSON.stringify(entry([1], [0, 4]))}}`,
        4,
      ),
      /a twice/u,
    ],
    [
      'an unknown dtype',
      file(JSON.stringify({ a: entry([1], [0, 1], 'F8_E4M3') }), 1),
      /a dtype of/u,
    ],
    ['a negative axis', file(JSON.stringify({ a: entry([-1], [0, 4]) }), 4), /a shape for a/u],
    [
      'a shape that overflows',
      file(JSON.stringify({ a: entry([2 ** 40, 2 ** 40], [0, 0]) })),
      /Infinity bytes/u,
    ],
    [
      'a shape of text',
      file('{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}', 4),
      /a shape/u,
    ],
    [
      'offsets in the wrong order',
      file(JSON.stringify({ a: entry([1], [4, 0]) }), 4),
      /two offsets/u,
    ],
    [
      'offsets that are fractions',
      file(JSON.stringify({ a: entry([1], [0.5, 4.5]) }), 5),
      /two offsets/u,
    ],
    [
      'a range of the wrong size',
      file(JSON.stringify({ a: entry([2], [0, 4]) }), 4),
      /8 bytes for a/u,
    ],
    [
      'overlapping tensors',
      file(JSON.stringify({ a: entry([2], [0, 8]), b: entry([1], [4, 8]) }), 8),
      /b to begin at byte 8/u,
    ],
    [
      'a hole',
      file(JSON.stringify({ a: entry([1], [0, 4]), b: entry([1], [8, 12]) }), 12),
      /b to begin at byte 4/u,
    ],
    [
      'bytes behind the last tensor',
      file(JSON.stringify({ a: entry([1], [0, 4]) }), 5),
      /4 bytes of data/u,
    ],
    ['missing data', mixed.subarray(0, -1), /bytes of data/u],
    ['metadata that is not text', file('{"__metadata__":{"a":1}}'), /text values/u],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(FeaturetapError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });
});

describe('parseSafetensorsHeader', () => {
  it('tells braces and quotes inside names from structure', () => {
    const name = 'a{"[\\';
    const text = JSON.stringify({ [name]: entry([1], [0, 4]), '"': entry([1], [4, 8]) });
    const { entries } = parseSafetensorsHeader(new TextEncoder().encode(text), 8);
    expect(entries.map((each) => each.name)).toEqual([name, '"']);
  });
});

describe('writeSafetensors', () => {
  it('writes the bytes of the safetensors package', () => {
    const { tensors, metadata } = readSafetensors(mixed);
    const written = writeSafetensors(Object.fromEntries(tensors), Object.fromEntries(metadata));
    expect(Buffer.from(written).equals(mixed)).toBe(true);
  });

  it('aligns the data to 8 bytes', () => {
    const data = new Float32Array([1]);
    for (const name of ['a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg', 'abcdefgh']) {
      const bytes = writeSafetensors({ [name]: { dtype: 'float32', shape: [1], data } });
      expect((bytes.length - 4) % 8, name).toBe(0);
      expect(readSafetensors(bytes).tensors.get(name)).toEqual({
        dtype: 'float32',
        shape: [1],
        data,
      });
    }
  });

  it('refuses what it could not read back', () => {
    const tensor = { dtype: 'float32', shape: [1], data: new Float32Array(1) } as const;
    expect(() => writeSafetensors({ __metadata__: tensor })).toThrow(/another tensor name/u);
    expect(() => writeSafetensors({ a: { ...tensor, shape: [2] } })).toThrow(/the tensor a/u);
  });
});

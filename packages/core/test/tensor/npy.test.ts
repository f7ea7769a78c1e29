import { describe, expect, it } from 'vitest';
import { FeaturetapError } from '../../src/spec/errors.js';
import { MAX_NPY_HEADER_BYTES, readNpy, writeNpy } from '../../src/tensor/npy.js';
import { readSafetensors } from '../../src/tensor/safetensors.js';
import { fixture } from './fixture.js';

const NAMES = [
  'float32',
  'float64',
  'float16',
  'uint8',
  'int8',
  'int32',
  'int64',
  'bool',
  'empty',
  'scalar',
] as const;

// numpy wrote the same arrays to both formats.
const { tensors } = readSafetensors(fixture('tensors/mixed.safetensors'));

function withHeader(text: string, payload = 0, version = 1): Uint8Array {
  const header = new TextEncoder().encode(text);
  const prefix = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0];
  const length = [header.length & 255, (header.length >> 8) & 255];
  if (version > 1) length.push((header.length >> 16) & 255, header.length >>> 24);
  return Uint8Array.from([...prefix, ...length, ...header, ...new Uint8Array(payload)]);
}

describe('readNpy', () => {
  it.each(NAMES)('reads what numpy wrote: %s', (name) => {
    expect(readNpy(fixture(`tensors/${name}.npy`))).toEqual(tensors.get(name));
  });

  it.each(['version-2', 'version-3'])('reads format %s', (name) => {
    expect(readNpy(fixture(`tensors/${name}.npy`))).toEqual(tensors.get('uint8'));
  });

  it('reads from an unaligned view without touching its neighbours', () => {
    const file = fixture('tensors/float64.npy');
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    expect(readNpy(shifted.subarray(3))).toEqual(tensors.get('float64'));
  });

  it.each([
    ['Fortran order', fixture('tensors/fortran.npy'), /C order in a .npy file, got Fortran/u],
    ['big-endian numbers', fixture('tensors/big-endian.npy'), /got >f4/u],
    ['records', fixture('tensors/structured.npy'), /one array of numbers/u],
    ['another format', fixture('tensors/mixed.safetensors'), /signature/u],
    ['no bytes', new Uint8Array(0), /signature/u],
    ['an unknown version', withHeader('{}', 0, 9), /version 1, 2 or 3/u],
    ['a missing payload', fixture('tensors/float32.npy').subarray(0, 140), /96 bytes of float32/u],
    [
      'a longer payload',
      withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 8),
      /4 bytes/u,
    ],
    ['a cut header', fixture('tensors/float32.npy').subarray(0, 40), /bytes of header/u],
    ['a cut length', withHeader('', 0, 2).subarray(0, 10), /a header/u],
    ['a huge header', withHeader(' '.repeat(MAX_NPY_HEADER_BYTES + 1)), /at most 10000/u],
    [
      'a shape that overflows',
      withHeader(
        `{'descr': '<f4', 'fortran_order': False, 'shape': (${'9999999999, '.repeat(4)}), }`,
      ),
      /Infinity bytes/u,
    ],
    [
      'a shape with a hole',
      withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (1,,2), }"),
      /a shape/u,
    ],
    [
      'too many axes',
      withHeader(`{'descr': '|u1', 'fortran_order': False, 'shape': (${'1, '.repeat(65)}), }`, 1),
      /a shape/u,
    ],
    [
      'objects',
      withHeader("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8),
      /a dtype of/u,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readNpy(bytes)).toThrow(FeaturetapError);
    expect(() => readNpy(bytes)).toThrow(message);
  });
});

describe('writeNpy', () => {
  it.each(NAMES)('writes the bytes of numpy.save: %s', (name) => {
    expect(writeNpy(tensors.get(name)!)).toEqual(fixture(`tensors/${name}.npy`));
  });

  it('refuses a tensor whose data does not fit its shape', () => {
    const tensor = { dtype: 'float32', shape: [2, 2], data: new Float32Array(3) } as const;
    expect(() => writeNpy(tensor)).toThrow(/4 elements for shape \[2, 2\].*got 3/u);
  });
});

import { describe, expect, it } from 'vitest';
import { resizeAndCrop } from '../../src/preprocess/resize-and-crop.js';
import { normalizeInto } from '../../src/preprocess/normalize-into.js';
import { preprocess } from '../../src/preprocess/preprocess.js';
import { describeCase, difference, readGolden, readPart } from './read-golden.js';

const golden = readGolden('normalize');
const cases = golden.cases.map((of) => [`${describeCase(of)}, mean ${of.spec.mean}`, of] as const);

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

describe('normalizeInto', () => {
  it.each(cases)('equals torch bit for bit: %s', async (_, of) => {
    const expected = golden.bytes(of);
    const values = preprocess(await readPart(of), of.spec);
    expect(values.length * 4).toBe(expected.length);
    expect(difference(bytesOf(values), expected)).toMatchObject({ differing: 0 });
  });

  it('writes one image of a batch and nothing around it', async () => {
    const of = golden.cases[0]!;
    const image = resizeAndCrop(await readPart(of), of.spec);
    const size = 3 * 16 * 16;
    const batch = new Float32Array(size * 3).fill(-7);
    normalizeInto(image, of.spec, batch, size);
    expect(batch.subarray(size, size * 2)).toEqual(preprocess(image, of.spec));
    expect(batch.subarray(0, size).every((value) => value === -7)).toBe(true);
    expect(batch.subarray(size * 2).every((value) => value === -7)).toBe(true);
  });

  it.each([
    ['a target that is too short', 767, 0],
    ['an offset that leaves too little room', 768, 1],
    ['a negative offset', 768, -1],
    ['half an offset', 2000, 0.5],
  ])('refuses %s', async (_, length, offset) => {
    const of = golden.cases[0]!;
    const image = await readPart(of);
    expect(() => normalizeInto(image, of.spec, new Float32Array(length), offset)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });

  it('refuses an image that is not of the input size', async () => {
    const of = golden.cases.at(-1)!;
    const image = await readPart(of);
    const target = new Float32Array(image.data.length);
    expect(() => normalizeInto(image, of.spec, target)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });
});

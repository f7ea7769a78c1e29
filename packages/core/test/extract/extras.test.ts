import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import { topLabels } from '../../src/record/top-labels.js';
import { readManifest } from '../../src/session/read-manifest.js';
import { MANIFEST_KEY, type ExtraOutput } from '../../src/spec/manifest.js';
import { bytesSource } from '../../src/wire/index.js';
import { fixture } from '../tensor/fixture.js';
import { errorOf } from './error-of.js';
import { maxDifference, modelPath, TOLERANCE, truth } from './models.js';
import { withMetadata } from './with-metadata.js';

const MODEL = modelPath('tiny-extras');
const input = truth('input');

/** Position of the largest of five logits, for each of three images. */
function classes(logits: ArrayLike<number>): bigint[] {
  return [0, 1, 2].map((row) => {
    const values = Array.from(logits).slice(row * 5, row * 5 + 5);
    return BigInt(values.indexOf(Math.max(...values)));
  });
}

describe('extra outputs', () => {
  it('come in a map beside the fields, when all are asked for', async () => {
    await using extractor = await createExtractor(MODEL);
    const record = await extractor.run(input, { extras: true });
    expect(Object.keys(record)).toEqual(['stages', 'unpooled', 'pooled', 'logits', 'extras']);
    const { extras } = record;
    expect([...extras.keys()]).toEqual(['seen', '495', 'class', 'constructor', 'bias']);
    expect(extras.get('seen')).toEqual(input);
    expect(extras.get('class')!.dtype).toBe('int64');
    expect(extras.get('class')!.shape).toEqual([3]);
    expect([...extras.get('class')!.data]).toEqual(classes(truth('logits').data));
    const positive = Array.from(truth('pooled').data, (value) => (value > 0 ? 1 : 0));
    expect(extras.get('constructor')).toEqual({
      dtype: 'bool',
      shape: [3, 6],
      data: Uint8Array.from(positive),
    });
    // A value without a batch axis keeps its shape.
    expect(extras.get('bias')!.shape).toEqual([5]);
  });

  it('with a name like a number work as those of a second classifier', async () => {
    await using extractor = await createExtractor(MODEL);
    const { extras, pooled } = await extractor.run(input, { extras: ['495'], fields: ['pooled'] });
    expect([...extras.keys()]).toEqual(['495']);
    const logits = extras.get('495')!;
    const expected = [0, 1, 5, 6, 10, 11].map((at) => truth('logits').data[at]!);
    expect(maxDifference(logits.data as Float32Array, expected)).toBeLessThan(TOLERANCE);
    expect(pooled.shape).toEqual([3, 6]);
    const { labels } = extractor.manifest.extras!.find((extra) => extra.output === '495')!;
    expect(
      topLabels(logits, { labels: labels!, k: 2 })
        .map((each) => each.label)
        .sort(),
    ).toEqual(['round', 'square']);
  });

  it('do not come when they are not asked for', async () => {
    await using extractor = await createExtractor(MODEL);
    expect(await extractor.run(input)).not.toHaveProperty('extras');
    expect(await extractor.run(input, { fields: ['pooled'] })).not.toHaveProperty('extras');
  });

  it('are an empty map when none are named, or the file has none', async () => {
    await using extractor = await createExtractor(MODEL);
    expect((await extractor.run(input, { extras: [] })).extras.size).toBe(0);
    await using plain = await createExtractor(modelPath('tiny'));
    expect((await plain.run(input, { extras: true })).extras.size).toBe(0);
  });

  it('of a fixed batch are joined with the batch as their first axis', async () => {
    await using extractor = await createExtractor(modelPath('tiny-extras-batch-2'));
    const { extras } = await extractor.run(input, { extras: true });
    expect(extras.get('seen')).toEqual(input);
    expect([...extras.get('class')!.data]).toEqual(classes(truth('logits').data));
    expect(extras.get('constructor')!.shape).toEqual([3, 6]);
  });

  it('that the file lacks are refused with a list of those it has', async () => {
    await using extractor = await createExtractor(MODEL);
    const error = await errorOf(extractor.run(input, { extras: ['seen', 'sean\u001b'] }));
    expect(error.code).toBe('TAP_NOT_FOUND');
    expect(error.message).toMatch(
      /extra output "sean\\u001b" in the tapped file, which has "seen", "495", "class", /u,
    );
  });

  it('that onnxruntime cannot return by name are refused, and the fields still come', async () => {
    await using extractor = await createExtractor(modelPath('tiny-proto-name'));
    const error = await errorOf(extractor.run(input, { extras: ['__proto__'] }));
    expect(error.code).toBe('RUNTIME_FAILED');
    expect(error.message).toMatch(/return the output __proto__.*give the output another name/u);
    expect((await extractor.run(input)).pooled!.shape).toEqual([3, 6]);
  });
});

describe('a manifest with extra outputs', () => {
  const bytes = fixture('models/tiny-extras.onnx');

  it.each<[string, Partial<ExtraOutput>, RegExp]>([
    [
      'a name that the file lacks',
      { output: 'unseen' },
      /the file has no output \(extra\) unseen \(it has .*, "seen", /u,
    ],
    [
      'another dtype',
      { dtype: 'uint8' },
      /seen is uint8 \[batch, 3, 16, 16\] in the manifest and float32 \[batch, 3, 16, 16\] in/u,
    ],
    ['another size', { shape: ['batch', 3, 16, 8] }, /seen is float32 \[batch, 3, 16, 8\] in/u],
    ['another rank', { shape: ['batch', 768], dtype: null }, /seen is \[batch, 768\] in/u],
  ])('is refused when it has %s', async (_, change, message) => {
    const manifest = await readManifest(bytesSource(bytes), 'tiny-extras');
    const [seen, ...others] = manifest.extras!;
    const changed = { ...manifest, extras: [{ ...seen!, ...change }, ...others] };
    const file = { bytes: await withMetadata(bytes, MANIFEST_KEY, changed) };
    const error = await errorOf(createExtractor(file));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toMatch(message);
  });
});

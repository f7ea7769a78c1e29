import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import { openHead } from '../../src/extract/open-head.js';
import { toFloat16Bits } from '../../src/tensor/float16.js';
import { toFloat32 } from '../../src/tensor/to-float32.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { errorOf } from './error-of.js';
import { imagePath, maxDifference, modelPath, TOLERANCE, truth } from './models.js';

const HEAD = modelPath('tiny-head');

describe('a head that is opened apart', () => {
  it('gives the logits of the whole model from its pooled features', async () => {
    await using full = await createExtractor(modelPath('tiny'));
    await using backbone = await createExtractor(modelPath('tiny-backbone'));
    await using head = await openHead(HEAD);
    const image = imagePath('photo.png');
    const expected = await full.run(image, { fields: ['logits'] });
    const { pooled } = await backbone.run(image, { fields: ['pooled'] });
    const before = pooled.data.slice();
    const logits = await head.run(pooled);
    expect(logits).toEqual(expected.logits);
    expect(logits.row(0)).toEqual(expected.logits.row(0));
    expect(pooled.data).toEqual(before);
  });

  it('takes stored embeddings, also where they are part of a larger buffer', async () => {
    await using head = await openHead({ bytes: readFileSync(HEAD) }, { workers: 2, threads: 1 });
    const all = truth('pooled');
    const last: Tensor = { dtype: 'float32', shape: [1, 6], data: all.data.subarray(12, 18) };
    const logits = await head.run(last);
    expect(logits.shape).toEqual([1, 5]);
    expect(logits.layout).toBe('NC');
    expect(maxDifference(logits.data, truth('logits').data.subarray(10, 15))).toBeLessThan(
      TOLERANCE,
    );
    expect(all.data.length).toBe(18);
  });

  it('runs a fixed batch in parts', async () => {
    await using head = await openHead(modelPath('tiny-head-batch-2'));
    const logits = await head.run(truth('pooled'));
    expect(logits.shape).toEqual([3, 5]);
    expect(maxDifference(logits.data, truth('logits').data)).toBeLessThan(TOLERANCE);
  });

  it('takes and returns float16 bits', async () => {
    await using head = await openHead(modelPath('tiny-head-float16'));
    const { shape, data } = truth('pooled');
    const logits = await head.run({
      dtype: 'float16',
      shape,
      data: Uint16Array.from(data, toFloat16Bits),
    });
    expect(logits.dtype).toBe('float16');
    // Weights, inputs and outputs of 11 significant bits, values up to 4.
    expect(maxDifference(toFloat32(logits), truth('logits').data)).toBeLessThan(0.02);
  });

  it('describes itself', async () => {
    await using head = await openHead(HEAD);
    expect(head.manifest.labels).toHaveLength(5);
    expect(head.manifest.input.name).toBe('pooled');
  });

  it('stops at a signal, and refuses runs after it was closed', async () => {
    const head = await openHead(HEAD);
    const signal = AbortSignal.abort('not needed');
    expect(await errorOf(head.run(truth('pooled'), { signal }))).toMatchObject({
      code: 'ABORTED',
      cause: 'not needed',
    });
    const later = new AbortController();
    expect((await head.run(truth('pooled'), { signal: later.signal })).shape).toEqual([3, 5]);
    await Promise.all([head.close(), head.close()]);
    expect((await errorOf(head.run(truth('pooled')))).code).toBe('EXTRACTOR_CLOSED');
  });
});

describe('openHead refuses', () => {
  it.each<[string, unknown, object, string, RegExp]>([
    ['a tapped model', modelPath('tiny'), {}, 'MANIFEST_MISSING', /call `createExtractor`/u],
    ['a number', 3, {}, 'INPUT_INVALID', /Expected the head view as a path/u],
    [
      'an unknown option',
      HEAD,
      { decode: 'display' },
      'OPTION_INVALID',
      /options of openHead: unknown option decode; known options are profile, workers, threads, isolation, graph/u,
    ],
  ])('%s', async (_, file, options, code, message) => {
    const error = await errorOf(openHead(file as string, options));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});

describe('a run of a head refuses', () => {
  const pooled = truth('pooled');

  it.each<[string, object, object, string, RegExp]>([
    [
      'a map',
      truth('unpooled'),
      {},
      'INPUT_INVALID',
      /float32 tensor of shape \[batch, 6\] \(NC, at least one image\).*got float32 \[3, 6, 4, 4\]/u,
    ],
    [
      'another dtype',
      { ...pooled, dtype: 'float64', data: Float64Array.from(pooled.data) },
      {},
      'INPUT_INVALID',
      /got float64/u,
    ],
    ['data of another length', { ...pooled, shape: [4, 6] }, {}, 'INPUT_INVALID', /24 elements/u],
    [
      'an unknown option',
      pooled,
      { fields: ['logits'] },
      'OPTION_INVALID',
      /unknown option fields; known options are signal/u,
    ],
  ])('%s', async (_, input, options, code, message) => {
    await using head = await openHead(HEAD);
    const error = await errorOf(head.run(input as Tensor, options));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect((await head.run(pooled)).shape).toEqual([3, 5]);
  });
});

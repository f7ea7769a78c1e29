import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createExtractor } from '../../src/extract/create-extractor.js';
import type { ExtractorOptions } from '../../src/extract/extractor-options.js';
import { recordToTensors } from '../../src/record/record-tensors.js';
import { topLabels } from '../../src/record/top-labels.js';
import { readHeadManifest } from '../../src/session/read-manifest.js';
import { HEAD_MANIFEST_KEY, type HeadManifest } from '../../src/spec/head-manifest.js';
import { bytesSource } from '../../src/wire/index.js';
import { fixture } from '../tensor/fixture.js';
import { errorOf } from './error-of.js';
import { imagePath, maxDifference, modelPath, TOLERANCE, truth } from './models.js';
import { withMetadata } from './with-metadata.js';

const BACKBONE = modelPath('tiny-backbone');
const HEAD = modelPath('tiny-head');
const headBytes = fixture('models/tiny-head.onnx');
const headManifest = await readHeadManifest(bytesSource(headBytes), 'tiny-head');

/** The head, whose manifest says something else. */
async function changedHead(change: Partial<HeadManifest>): Promise<ExtractorOptions> {
  const bytes = await withMetadata(headBytes, HEAD_MANIFEST_KEY, { ...headManifest, ...change });
  return { head: { bytes } };
}

describe('a backbone with its head', () => {
  it('gives the record of the whole model, bit for bit', async () => {
    await using full = await createExtractor(modelPath('tiny'));
    await using views = await createExtractor(BACKBONE, { head: HEAD });
    const inputs = [imagePath('photo.png'), imagePath('rgb.jpg'), imagePath('rgba.png')];
    const expected = recordToTensors(await full.run(inputs));
    const found = recordToTensors(await views.run(inputs));
    expect(Object.keys(found)).toEqual(['stages.0', 'stages.1', 'unpooled', 'pooled', 'logits']);
    expect(found).toEqual(expected);
  });

  it('has the logits and labels of the head in its manifest', async () => {
    await using views = await createExtractor(BACKBONE, { head: HEAD });
    const { manifest } = views;
    expect(manifest.view).toBe('full');
    expect(manifest.record.logits).toEqual(headManifest.logits);
    expect(manifest.labels).toEqual(headManifest.labels);
    const { logits } = await views.run(truth('input'), { fields: ['logits'] });
    const [best] = topLabels(logits, { k: 1, labels: manifest.labels });
    const row = Array.from(truth('logits').data.subarray(0, 5));
    expect(best!.label).toBe(headManifest.labels![row.indexOf(Math.max(...row))]);
  });

  it('returns the named fields only, in the order asked for', async () => {
    await using views = await createExtractor(BACKBONE, { head: HEAD });
    const record = await views.run(truth('input'), { fields: ['logits', 'stages'] });
    expect(Object.keys(record)).toEqual(['logits', 'stages']);
    expect(maxDifference(record.logits.data, truth('logits').data)).toBeLessThan(TOLERANCE);
  });

  it('opens from bytes and URLs, in several workers', async () => {
    const bytes = readFileSync(BACKBONE);
    const options = { head: pathToFileURL(HEAD), workers: 2, threads: 1 };
    await using views = await createExtractor({ bytes }, options);
    const runs = Array.from({ length: 6 }, () => views.run(truth('input')));
    for (const { logits } of await Promise.all(runs)) {
      expect(maxDifference(logits!.data, truth('logits').data)).toBeLessThan(TOLERANCE);
    }
  });

  it('feeds a head of a fixed batch in parts', async () => {
    await using views = await createExtractor(BACKBONE, { head: modelPath('tiny-head-batch-2') });
    const { pooled, logits } = await views.run(truth('input'), { fields: ['pooled', 'logits'] });
    expect(pooled.shape).toEqual([3, 6]);
    expect(logits.shape).toEqual([3, 5]);
    expect(maxDifference(logits.data, truth('logits').data)).toBeLessThan(TOLERANCE);
  });
});

describe('a backbone alone', () => {
  it('gives records without logits', async () => {
    await using backbone = await createExtractor(BACKBONE);
    const record = await backbone.run(truth('input'));
    expect(Object.keys(record)).toEqual(['stages', 'unpooled', 'pooled']);
    expect(maxDifference(record.pooled!.data, truth('pooled').data)).toBeLessThan(TOLERANCE);
  });

  it('says where its logits are', async () => {
    await using backbone = await createExtractor(BACKBONE);
    const error = await errorOf(backbone.run(truth('input'), { fields: ['logits'] }));
    expect(error.code).toBe('TAP_NOT_FOUND');
    expect(error.message).toMatch(/backbone view, whose logits the option `head` adds/u);
  });
});

describe('createExtractor refuses', () => {
  it('a head in place of a model', async () => {
    const error = await errorOf(createExtractor(HEAD));
    expect(error.code).toBe('MANIFEST_MISSING');
    expect(error.message).toMatch(/tiny-head\.onnx is a head view.*`openHead`/u);
  });

  it.each<[string, string, () => ExtractorOptions | Promise<ExtractorOptions>, string, RegExp]>([
    [
      'a model in place of a head',
      BACKBONE,
      () => ({ head: modelPath('tiny') }),
      'MANIFEST_MISSING',
      /Expected a head view, but .*tiny\.onnx is a tapped model/u,
    ],
    [
      'a head that does not exist',
      BACKBONE,
      () => ({ head: 'nowhere.onnx' }),
      'FILE_NOT_FOUND',
      /nowhere\.onnx/u,
    ],
    [
      'a head behind a model that has logits',
      modelPath('tiny'),
      () => ({ head: HEAD }),
      'MANIFEST_INVALID',
      /tiny-head\.onnx to be the head of the backbone .*tiny\.onnx has logits itself\. Leave the option/u,
    ],
    [
      'the head of another model',
      BACKBONE,
      () => changedHead({ source: { bytes: 1, graphSha256: 'ab'.repeat(32) } }),
      'MANIFEST_INVALID',
      /different models \(graphSha256 [0-9a-f]{64} and (?:ab){32}\).*one `featuretap split`/u,
    ],
    [
      'a head of another dtype',
      BACKBONE,
      () => ({ head: modelPath('tiny-head-float16') }),
      'MANIFEST_INVALID',
      /takes pooled, float16 \[batch, 6\], and the backbone returns float32 \[batch, 6\]/u,
    ],
    [
      'a head whose manifest contradicts its file',
      BACKBONE,
      () => changedHead({ input: { ...headManifest.input, name: 'x' } }),
      'MANIFEST_INVALID',
      /further input pooled; the file has no input x/u,
    ],
    [
      'a head whose logits have another shape',
      BACKBONE,
      () => changedHead({ logits: { ...headManifest.logits, shape: ['batch', 4] } }),
      'MANIFEST_INVALID',
      /\(logits\) logits is float32 \[batch, 4\] in the manifest and float32 \[batch, 5\] in the file/u,
    ],
  ])('%s', async (_, file, options, code, message) => {
    const error = await errorOf(createExtractor(file, await options()));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});

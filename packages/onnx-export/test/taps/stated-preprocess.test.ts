import { isFeaturetapError } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { statedPreprocess } from '../../src/taps/stated-preprocess.js';
import { encodeMetadata } from '../../src/write/encode-edit.js';
import { buildModel, SMALL_CNN } from '../build-model.js';
import { parse } from '../read-fixture.js';

const KEY = 'featuretap.pretrained_cfg';

/** What timm's `pretrained_cfg` of resnet50.a1_in1k holds, other keys among them. */
const CONFIG = {
  architecture: 'resnet50',
  num_classes: 1000,
  input_size: [3, 224, 224],
  test_input_size: [3, 288, 288],
  interpolation: 'bicubic',
  crop_pct: 0.95,
  crop_mode: 'squash',
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

async function stated(...entries: readonly (readonly [string, string])[]) {
  const metadata = entries.map(([key, value]) => encodeMetadata(key, value));
  return statedPreprocess(await parse(buildModel({ ...SMALL_CNN, metadata })));
}

async function refusal(value: string): Promise<Error> {
  const error: unknown = await stated([KEY, value]).catch((reason: unknown) => reason);
  expect(isFeaturetapError(error) && error.code).toBe('MODEL_MALFORMED');
  return error as Error;
}

describe('statedPreprocess', () => {
  it('reads the configuration of timm', async () => {
    expect(await stated([KEY, JSON.stringify(CONFIG)])).toEqual({
      inputSize: [3, 224, 224],
      interpolation: 'bicubic',
      cropPct: 0.95,
      cropMode: 'squash',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    });
  });

  it('crops the centre where the configuration does not say', async () => {
    const config = { ...CONFIG, crop_mode: undefined };
    expect(await stated([KEY, JSON.stringify(config)])).toMatchObject({ cropMode: 'center' });
  });

  it('is null where the file says nothing', async () => {
    expect(await stated()).toBeNull();
    expect(await stated(['featuretap.architecture', JSON.stringify(CONFIG)])).toBeNull();
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a filter that is none', { interpolation: 'random' }, 'interpolation'],
    ['a part of the image that is none', { crop_pct: 0 }, 'cropPct'],
    ['an unknown way to crop', { crop_mode: 'corner' }, 'cropMode'],
    ['one channel', { input_size: [1, 224, 224] }, 'inputSize'],
    ['a mean of two numbers', { mean: [0.5, 0.5] }, 'mean'],
    ['a deviation of zero', { std: [0, 1, 1] }, 'std'],
    ['a number as text', { crop_pct: '0.9' }, 'cropPct'],
  ])('refuses %s and names it', async (_what, change, name) => {
    expect((await refusal(JSON.stringify({ ...CONFIG, ...change }))).message).toContain(name);
  });

  it.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"bicubic"'],
  ])('refuses %s', async (_what, value) => {
    expect((await refusal(value)).message).toContain(KEY);
  });

  it('refuses what is far too long without parsing it', async () => {
    const long = JSON.stringify({ ...CONFIG, notes: 'x'.repeat(1 << 16) });
    expect((await refusal(long)).message).toContain(KEY);
  });
});

import { describe, expect, it } from 'vitest';
import type { ReheadRequest } from '../../src/rehead/rehead-request.js';
import { modelBytes } from '../read-fixture.js';
import { tapBytes } from '../run-model.js';
import { softmax } from './head-models.js';
import { newHead, rehead } from './rehead-bytes.js';

const replace: ReheadRequest = { kind: 'replace', ...newHead(3, 6) };

describe('reheadModel', () => {
  const data = new Float32Array(18);
  it.each<[string, unknown, string, RegExp]>([
    [
      'another width',
      { weight: { shape: [3, 5], data: new Float32Array(15) } },
      'INPUT_INVALID',
      /\[classes, 6\]/,
    ],
    [
      'no classes',
      { weight: { shape: [0, 6], data: new Float32Array(0) } },
      'INPUT_INVALID',
      /\[classes, D\]/,
    ],
    ['three axes', { weight: { shape: [3, 6, 1], data } }, 'INPUT_INVALID', /\[3, 6, 1\]/],
    ['too few numbers', { weight: { shape: [4, 6], data } }, 'INPUT_INVALID', /24 numbers/],
    [
      'doubles',
      { weight: { shape: [3, 6], data: new Float64Array(18) } },
      'INPUT_INVALID',
      /Float64Array/,
    ],
    [
      'NaN',
      { weight: { shape: [3, 6], data: data.slice().fill(NaN, 7, 8) } },
      'INPUT_INVALID',
      /NaN at position 7/,
    ],
    [
      'infinity',
      {
        weight: { shape: [3, 6], data },
        bias: { shape: [3], data: Float32Array.of(0, Infinity, 0) },
      },
      'INPUT_INVALID',
      /Infinity at position 1/,
    ],
    [
      'a short bias',
      { weight: { shape: [3, 6], data }, bias: { shape: [2], data: new Float32Array(2) } },
      'INPUT_INVALID',
      /bias of shape \[3\]/,
    ],
    [
      'too few labels',
      { weight: { shape: [3, 6], data }, labels: ['a'] },
      'OPTION_INVALID',
      /3 labels/,
    ],
    ['an unknown member', { weight: { shape: [3, 6], data }, scale: 2 }, 'OPTION_INVALID', /scale/],
    ['another kind', { kind: 'swap' }, 'OPTION_INVALID', /swap/],
    ['no weights', {}, 'OPTION_INVALID', /weights/],
    [
      'a taken name',
      { kind: 'beside', name: 'gap', weight: { shape: [3, 6], data } },
      'OPTION_INVALID',
      /"gap"/,
    ],
    [
      'the name of a field',
      { kind: 'beside', name: 'pooled', weight: { shape: [3, 6], data } },
      'OPTION_INVALID',
      /"pooled"/,
    ],
    [
      'a number as a name',
      { kind: 'beside', name: '7', weight: { shape: [3, 6], data } },
      'OPTION_INVALID',
      /"7"/,
    ],
  ])('refuses %s', async (_name, members, code, message) => {
    const request = { kind: 'replace', ...(members as object) } as ReheadRequest;
    const refused = rehead(modelBytes('conv'), request);
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused).rejects.toThrow(message);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'fields of a tapped file',
      async () => rehead(await tapBytes(softmax), replace, { fields: ['pooled'] }),
      'OPTION_INVALID',
    ],
    [
      'labels of a classifier that goes',
      () => rehead(softmax, replace, { labels: ['a'] }),
      'OPTION_INVALID',
    ],
    [
      'a tapped file without pooled',
      async () => rehead(await tapBytes(softmax, { fields: ['logits'] }), replace),
      'TAP_NOT_FOUND',
    ],
    [
      'a tapped file whose logits are no field',
      async () => rehead(await tapBytes(softmax, { fields: ['pooled'] }), replace),
      'TAP_NOT_FOUND',
    ],
    [
      'to drop what is not there',
      async () => rehead((await rehead(softmax, { kind: 'drop' })).bytes, { kind: 'drop' }),
      'TAP_NOT_FOUND',
    ],
  ])('refuses %s', async (_name, make, code) => {
    await expect(make()).rejects.toMatchObject({ code });
  });
});

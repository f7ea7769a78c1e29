import { describe, expect, it } from 'vitest';
import { DATA_TYPE } from '../../src/proto/fields.js';
import type { ReheadRequest } from '../../src/rehead/rehead-request.js';
import { run } from '../run-model.js';
import { behind, float, node, weight } from './head-models.js';
import { newHead, rehead } from './rehead-bytes.js';

const CLASSES = 3;
const head = newHead(CLASSES, 6);
const replace: ReheadRequest = { kind: 'replace', ...head };

describe('a new classifier', () => {
  it.each([
    ['ArgMax', node('ArgMax', ['probabilities'], 'best', { axis: 1, keepdims: 0 }), ['batch']],
    ['Clip and Cast', node('Clip', ['probabilities'], 'best'), ['batch', 5]],
    ['Mul by a number', node('Mul', ['scores', 'scale'], 'best'), ['batch', 5]],
    ['a difference', node('Sub', ['scores', 'probabilities'], 'best'), ['batch', 5]],
  ])('goes on to work with %s behind the logits', async (name, made, shape) => {
    const output = name === 'ArgMax' ? { name: 'best' } : float('best', ...shape);
    const weights = [weight('scale')];
    const original = behind([made], output, weights);
    const { bytes } = await rehead(original, replace);
    const { dims } = (await run(bytes)).get('best')!;
    expect(dims).toEqual(name === 'ArgMax' ? [2] : [2, CLASSES]);
  });

  it.each([
    ['TopK', node('TopK', ['probabilities', 'k'], 'best'), /operator TopK/],
    ['Gather', node('Gather', ['probabilities', 'k'], 'best', { axis: 1 }), /operator Gather/],
    ['Reshape', node('Reshape', ['probabilities', 'k'], 'best'), /operator Reshape/],
    ['a number for each class', node('Mul', ['scores', 'each'], 'best'), /operator Mul/],
    ['Shape', node('Shape', ['scores'], 'best'), /operator Shape/],
    ['a sum over the batch', node('ArgMax', ['scores'], 'best', { axis: 0 }), /operator ArgMax/],
  ])('refuses %s behind the logits by name, and not beside them', async (_name, made, message) => {
    const weights = [
      { name: 'k', dims: [1], dataType: DATA_TYPE.int64, raw: new Uint8Array(8).fill(3, 0, 1) },
      weight('each', 5),
    ];
    const original = behind([made], { name: 'best' }, weights);
    const refused = rehead(original, replace);
    await expect(refused).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' });
    await expect(refused).rejects.toThrow(message);
    await expect(rehead(original, { kind: 'beside', name: 'x', ...head })).resolves.toBeDefined();
    await expect(rehead(original, { kind: 'drop' })).resolves.toBeDefined();
  });
});

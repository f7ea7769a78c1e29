import { describe, expect, it } from 'vitest';
import { suggestNames } from '../src/suggest-names.js';

describe('suggestNames', () => {
  it.each([
    ['resnet5', ['resnet50', 'resnet18', 'vgg11'], ['resnet50', 'resnet18']],
    ['vgg', ['resnet50', 'vgg11'], ['vgg11']],
    ['convnext', ['resnet50', 'vgg11'], []],
  ])('for %s among %j are %j', (name, known, expected) => {
    expect(suggestNames(name, known, 3)).toEqual(expected);
  });

  it('returns no more than was asked for', () => {
    expect(suggestNames('aa', ['aa', 'ab', 'ac'], 2)).toEqual(['aa', 'ab']);
  });
});

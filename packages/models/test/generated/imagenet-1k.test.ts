import { describe, expect, it } from 'vitest';
import { imagenet1kLabels } from '../../src/index.js';

describe('imagenet1kLabels', () => {
  it('names 1,000 different classes', () => {
    expect(imagenet1kLabels).toHaveLength(1000);
    expect(new Set(imagenet1kLabels).size).toBe(1000);
  });

  it.each([
    [0, 'tench'],
    [134, 'crane bird'],
    [282, 'tiger cat'],
    [517, 'crane'],
    [607, "jack-o'-lantern"],
    [967, 'espresso'],
    [999, 'toilet tissue'],
  ])('calls class %i %s', (index, label) => {
    expect(imagenet1kLabels[index]).toBe(label);
  });
});

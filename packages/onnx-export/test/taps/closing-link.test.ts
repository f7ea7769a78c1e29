import { describe, expect, it } from 'vitest';
import { closingLink } from '../../src/taps/closing-link.js';
import type { ModelSpec } from '../build-model.js';
import { contextOf, type NodeSpec } from '../catalogue/small-networks.js';
import { linksOf } from './links-of.js';

const PADDED = { pads: [1, 1, 1, 1] };

/** `stem`, then a residual Add `add` of it; what stands behind is the case's. */
function network(behind: readonly NodeSpec[]): ModelSpec {
  const last = behind.at(-1)?.output ?? 'add';
  return {
    nodes: [
      { op: 'Conv', inputs: ['input', 'w0'], output: 'stem', ints: PADDED },
      { op: 'Conv', inputs: ['stem', 'w1'], output: 'branch', ints: PADDED },
      { op: 'Add', inputs: ['stem', 'branch'], output: 'add' },
      ...behind,
      { op: 'GlobalAveragePool', inputs: [last], output: 'gap' },
      { op: 'Flatten', inputs: ['gap'], output: 'flat', int: { axis: 1 } },
    ],
    weights: { w0: [8, 3, 3, 3], w1: [8, 8, 3, 3], gain: [8, 1, 1], norm: [8], w5: [5, 5] },
    output: { name: 'flat', shape: ['batch', 8] },
  };
}

const RELU: NodeSpec = { op: 'Relu', inputs: ['add'], output: 'relu' };
const SCALE: NodeSpec = { op: 'Mul', inputs: ['add', 'gain'], output: 'scaled' };
const CONV: NodeSpec = { op: 'Conv', inputs: ['relu', 'w1'], output: 'conv', ints: PADDED };
const NORM: NodeSpec = {
  op: 'BatchNormalization',
  inputs: ['add', 'norm', 'norm', 'norm', 'norm'],
  output: 'normed',
};
const SILU: NodeSpec[] = [
  { op: 'Sigmoid', inputs: ['add'], output: 'gate' },
  { op: 'Mul', inputs: ['add', 'gate'], output: 'silu' },
];

async function closing(behind: readonly NodeSpec[], run: readonly string[]) {
  const context = await contextOf(network(behind));
  return closingLink(context, linksOf(context, ...run))?.value;
}

describe('closingLink', () => {
  it('is the residual Add', async () => {
    expect(await closing([], ['stem', 'add'])).toBe('add');
  });

  it('is the activation right behind it', async () => {
    expect(await closing([RELU], ['stem', 'add', 'relu'])).toBe('relu');
  });

  it('is the product of a SiLU, which is two operators', async () => {
    expect(await closing(SILU, ['stem', 'add', 'silu'])).toBe('silu');
  });

  it.each([
    ['a scale', [SCALE], ['stem', 'add', 'scaled']],
    ['a norm', [NORM], ['stem', 'add', 'normed']],
    [
      'an activation with a scale, as networks without norms have',
      [RELU, { ...SCALE, inputs: ['relu', 'gain'] }],
      ['stem', 'add', 'relu', 'scaled'],
    ],
    [
      'a norm with an activation',
      [NORM, { ...RELU, inputs: ['normed'] }],
      ['stem', 'add', 'normed', 'relu'],
    ],
  ])('is the Add before %s, which belongs to what comes next', async (_what, behind, run) => {
    expect(await closing(behind, run)).toBe('add');
  });

  it('is the end of the run where a block without a residual comes last', async () => {
    expect(await closing([RELU, CONV], ['stem', 'add', 'relu', 'conv'])).toBe('conv');
  });

  it('is the end of a run without residual Adds', async () => {
    expect(await closing([], ['stem'])).toBe('stem');
  });

  it('is null for an empty run', async () => {
    expect(closingLink(await contextOf(network([])), [])).toBeNull();
  });
});

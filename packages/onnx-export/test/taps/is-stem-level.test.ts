import { describe, expect, it } from 'vitest';
import { isStemLevel } from '../../src/taps/is-stem-level.js';
import type { ModelSpec } from '../build-model.js';
import { contextOf, type NodeSpec } from '../catalogue/small-networks.js';
import { linksOf } from './links-of.js';

const STRIDED = { strides: [2, 2], pads: [1, 1, 1, 1] };

/** [8, 16, 16] in `c0` and `r0`, then what the case names up to `next` [16, 8, 8]. */
function network(between: readonly NodeSpec[]): ModelSpec {
  return {
    nodes: [
      { op: 'Conv', inputs: ['input', 'w0'], output: 'c0', ints: STRIDED },
      { op: 'Relu', inputs: ['c0'], output: 'r0' },
      ...between,
      { op: 'GlobalAveragePool', inputs: ['next'], output: 'gap' },
      { op: 'Flatten', inputs: ['gap'], output: 'flat', int: { axis: 1 } },
    ],
    weights: {
      w0: [8, 3, 3, 3],
      dense: [16, 8, 3, 3],
      same: [8, 8, 3, 3],
      pointwise: [16, 8, 1, 1],
      depthwise: [8, 1, 3, 3],
    },
    output: { name: 'flat', shape: ['batch', 16] },
  };
}

function next(weight: string, from = 'r0', rest: Partial<NodeSpec> = {}): NodeSpec {
  return { op: 'Conv', inputs: [from, weight], output: 'next', ints: STRIDED, ...rest };
}

async function judge(between: readonly NodeSpec[], run: readonly string[]): Promise<boolean> {
  const context = await contextOf(network(between));
  return isStemLevel(context, linksOf(context, ...run), linksOf(context, 'next'));
}

const RUN = ['c0', 'r0'];

describe('isStemLevel', () => {
  it('is true for convolution and activation before one more dense convolution', async () => {
    expect(await judge([next('dense')], RUN)).toBe(true);
  });

  it('is true when the convolution has its padding in front', async () => {
    const pads: NodeSpec = {
      op: 'Constant',
      inputs: [],
      output: 'pads',
      ints: { value_ints: [0, 0, 1, 1, 0, 0, 1, 1] },
    };
    const padded: NodeSpec = { op: 'Pad', inputs: ['r0', 'pads'], output: 'padded' };
    const conv = next('dense', 'padded', { ints: { strides: [2, 2] } });
    expect(await judge([pads, padded, conv], RUN)).toBe(true);
  });

  it('is true for a longer plain chain', async () => {
    const more: NodeSpec[] = [
      { op: 'Conv', inputs: ['r0', 'same'], output: 'c1', ints: { pads: [1, 1, 1, 1] } },
      { op: 'Relu', inputs: ['c1'], output: 'r1' },
    ];
    expect(await judge([...more, next('dense', 'r1')], [...RUN, 'c1', 'r1'])).toBe(true);
  });

  it.each<[string, NodeSpec]>([
    ['a 1x1 convolution', next('pointwise', 'r0', { ints: { strides: [2, 2] } })],
    ['a depthwise convolution', next('depthwise', 'r0', { int: { group: 8 } })],
    [
      'a pool',
      { op: 'MaxPool', inputs: ['r0'], output: 'next', ints: { ...STRIDED, kernel_shape: [3, 3] } },
    ],
  ])('is false before %s', async (_what, node) => {
    expect(await judge([node], RUN)).toBe(false);
  });

  it('is false where a residual block is in the level', async () => {
    const block: NodeSpec[] = [
      { op: 'Conv', inputs: ['r0', 'same'], output: 'c1', ints: { pads: [1, 1, 1, 1] } },
      { op: 'Add', inputs: ['r0', 'c1'], output: 'sum' },
    ];
    expect(await judge([...block, next('dense', 'sum')], [...RUN, 'sum'])).toBe(false);
  });

  it('is false where the next level is not made from the last value of this one', async () => {
    expect(await judge([next('dense')], ['c0'])).toBe(false);
  });

  it('is false where there is no next level, or none at all', async () => {
    const context = await contextOf(network([next('dense')]));
    expect(isStemLevel(context, linksOf(context, ...RUN), [])).toBe(false);
    expect(isStemLevel(context, [], linksOf(context, 'next'))).toBe(false);
  });
});

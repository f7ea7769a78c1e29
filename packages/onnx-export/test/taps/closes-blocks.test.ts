import { describe, expect, it } from 'vitest';
import { featureChain } from '../../src/taps/chain.js';
import { closesBlocks } from '../../src/taps/closes-blocks.js';
import type { ModelSpec } from '../build-model.js';
import { contextOf, type NodeSpec } from '../catalogue/small-networks.js';

/** What one residual branch is made of, between two Adds. */
type Branch = 'attention' | 'mlp' | 'conv';

const OPERATORS: Readonly<Record<Branch, (from: string, to: string) => NodeSpec[]>> = {
  attention: (from, to) => [
    { op: 'MatMul', inputs: [from, 'square'], output: `${to}_v` },
    { op: 'Softmax', inputs: [`${to}_v`], output: `${to}_weights` },
    { op: 'Mul', inputs: [`${to}_weights`, `${to}_v`], output: `${to}_branch` },
  ],
  mlp: (from, to) => [
    { op: 'MatMul', inputs: [from, 'wide'], output: `${to}_hidden` },
    { op: 'Relu', inputs: [`${to}_hidden`], output: `${to}_active` },
    { op: 'MatMul', inputs: [`${to}_active`, 'narrow'], output: `${to}_branch` },
  ],
  conv: (from, to) => [
    { op: 'MatMul', inputs: [from, 'square'], output: `${to}_v` },
    { op: 'Tanh', inputs: [`${to}_v`], output: `${to}_branch` },
  ],
};

/** Tokens [16, 8] through residual branches; the results are `x1`, `x2`, … */
function network(branches: readonly Branch[]): ModelSpec {
  const nodes: NodeSpec[] = [
    { op: 'Conv', inputs: ['input', 'w0'], output: 'map', ints: { strides: [8, 8] } },
    { op: 'Constant', inputs: [], output: 'shape', ints: { value_ints: [0, 8, 16] } },
    { op: 'Reshape', inputs: ['map', 'shape'], output: 'ncl' },
    { op: 'Transpose', inputs: ['ncl'], output: 'x0', ints: { perm: [0, 2, 1] } },
  ];
  branches.forEach((branch, i) => {
    const [from, to] = [`x${i}`, `x${i + 1}`];
    nodes.push(...OPERATORS[branch](from, to));
    nodes.push({ op: 'Add', inputs: [from, `${to}_branch`], output: to });
  });
  nodes.push({
    op: 'Transpose',
    inputs: [`x${branches.length}`],
    output: 'out',
    ints: { perm: [0, 2, 1] },
  });
  return {
    nodes,
    weights: { w0: [8, 3, 8, 8], square: [8, 8], wide: [8, 32], narrow: [32, 8] },
    output: { name: 'out', shape: ['batch', 8, 16] },
  };
}

async function closing(branches: readonly Branch[]): Promise<string[]> {
  const context = await contextOf(network(branches));
  return closesBlocks(context, featureChain(context)).map(({ value }) => value);
}

function repeat(branches: readonly Branch[], times: number): Branch[] {
  return Array.from({ length: times }, () => branches).flat();
}

describe('closesBlocks', () => {
  it('ends a block with the second of two branches that repeat', async () => {
    expect(await closing(repeat(['attention', 'mlp'], 3))).toEqual(['x2', 'x4', 'x6']);
  });

  it('ends a block with every branch where all are of one kind', async () => {
    expect(await closing(repeat(['mlp'], 4))).toEqual(['x1', 'x2', 'x3', 'x4']);
  });

  it('ends a block with the third of three', async () => {
    expect(await closing(repeat(['attention', 'conv', 'mlp'], 3))).toEqual(['x3', 'x6', 'x9']);
  });

  it('ends a block with every branch where kinds do not repeat', async () => {
    expect(await closing(['attention', 'mlp', 'conv', 'conv'])).toEqual(['x1', 'x2', 'x3', 'x4']);
  });

  it('leaves out what is no whole block at the end', async () => {
    expect(await closing([...repeat(['attention', 'mlp'], 4), 'attention'])).toEqual([
      'x2',
      'x4',
      'x6',
      'x8',
    ]);
  });

  it('bears one branch of another kind at the end of a deep network', async () => {
    const branches: Branch[] = [...repeat(['attention', 'mlp'], 5), 'conv', 'mlp'];
    expect(await closing(branches)).toEqual(['x2', 'x4', 'x6', 'x8', 'x10', 'x12']);
  });

  it('has nothing where there are no residual branches', async () => {
    expect(await closing([])).toEqual([]);
  });
});

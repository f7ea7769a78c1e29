import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/proto/model.js';
import { initializerPath } from '../../src/scopes/initializer-path.js';
import type { ModelSpec } from '../build-model.js';
import { CNN, contextOf } from '../catalogue/small-networks.js';

function nodeWith(...inputs: string[]): Node {
  return {
    name: '',
    opType: 'Conv',
    domain: '',
    inputs,
    outputs: ['y'],
    attributes: new Map(),
    hasBodies: false,
    captures: [],
    at: { start: 0, end: 0, valueStart: 0 },
  };
}

describe('initializerPath', () => {
  it('reads the second input alone', () => {
    expect(initializerPath(nodeWith('a.weight', 'b.weight', 'c.weight'))).toEqual(['b']);
    expect(initializerPath(nodeWith('a.weight'))).toBeNull();
    expect(initializerPath(nodeWith())).toBeNull();
  });

  it.each(['layer1.0.conv1.bias', 'weight', '.weight', 'a..b.weight', 'a/b.weight', 'a.weights'])(
    'is null for %s',
    (name) => {
      expect(initializerPath(nodeWith('x', name))).toBeNull();
    },
  );

  it('takes 64 modules inside each other, and no more', () => {
    const name = (depth: number) => `${Array.from({ length: depth }, () => 'm').join('.')}.weight`;
    expect(initializerPath(nodeWith('x', name(64)))).toHaveLength(64);
    expect(initializerPath(nodeWith('x', name(65)))).toBeNull();
  });
});

describe('the module of a convolution into which a BatchNorm was folded', () => {
  /** The exporter named the convolution after the norm; its weights keep their name. */
  function folded(weight: string): ModelSpec {
    const [conv, ...rest] = CNN.nodes;
    const { w0, ...weights } = CNN.weights;
    return {
      ...CNN,
      nodes: [{ ...conv!, inputs: ['input', weight], name: '/stem/bn/Conv' }, ...rest],
      weights: { ...weights, [weight]: w0! },
    };
  }

  it('is that of its weights', async () => {
    const context = await contextOf(folded('stem.conv.weight'));
    expect(context.pathOf('s')).toEqual(['stem', 'conv']);
    expect(context.modules.outputs('stem.conv')).toEqual(['s']);
  });

  it('is that of its own name where the weights tell none', async () => {
    const context = await contextOf(folded('onnx::Conv_202'));
    expect(context.pathOf('s')).toEqual(['stem', 'bn']);
  });
});
